// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables in configuration files look like that
import fc from "fast-check";
import t from "tap";
import { stringify } from "yaml";
import type { Config } from "../../src/config/config.ts";
import { formatConfigError } from "../../src/config/config-error.ts";
import { describeConfig } from "../../src/config/describe-config.ts";
import { diffConfig } from "../../src/config/diff-config.ts";
import { escapeExpansion } from "../../src/config/environment.ts";
import { parseConfig } from "../../src/config/load-config.ts";
import { printConfig } from "../../src/config/print-config.ts";
import { hiddenValue } from "../../src/core/secret-text.ts";
import { configForms } from "../support/config-forms.ts";

function load(text: string): Config {
  const loaded = parseConfig(text, "/etc/podmate.yml", {});
  if (loaded.ok) return loaded.config;
  throw new Error(`${loaded.errors.map(formatConfigError).join("\n")}\n${text}`);
}

/** A replacer for `JSON.stringify` that keeps texts from being expanded. */
function escaped(_key: string, value: unknown): unknown {
  return typeof value === "string" ? escapeExpansion(value) : value;
}

const example = `
memcache: [{ name: cache, listen: 127.0.0.1:11211, pool: a, auth: [{ username: u, password: sesame }] }]
pools:
  a:
    servers: [one, { address: two, weight: 2 }]
    timeout: 60s
    eject: { max_backoff: 60s }
    auth: { username: u, password: sesame }
`;

t.test("the effective configuration has every setting in the operator's form", async (t) => {
  const { version, config, defaults } = describeConfig(load(example));
  t.equal(version, 1);
  t.match(config, {
    workers: "auto",
    lifecycle: { mode: "sidecar", drain: "25s" },
    memcache: [{ listen: "127.0.0.1:11211", tls: false, limits: { value: "1GiB" } }],
    pools: {
      a: {
        ring: { distribution: "maglev", hash: "xxh3" },
        servers: [
          { address: "one:11211", weight: 1 },
          { address: "two:11211", weight: 2 },
        ],
        timeout: "1m",
        eject: { failures: 3, max_backoff: "1m", on_eject: "fail_fast" },
        health: false,
        mirror: false,
      },
    },
  });
  const marked = new Set(defaults);
  for (const path of [
    "workers",
    "memcache[0].limits.value",
    "pools.a.servers[0].weight",
    "pools.a.eject.max_backoff",
  ]) {
    t.ok(marked.has(path), `${path} is marked as default`);
  }
  for (const path of ["pools.a.timeout", "pools.a.servers[1].weight", "pools.a.auth"]) {
    t.notOk(marked.has(path), `${path} is not`);
  }
});

t.test("secrets are hidden", async (t) => {
  const text = JSON.stringify(describeConfig(load(example)));
  t.notMatch(text, /sesame/);
  t.match(text, hiddenValue);
});

t.test("what is printed is short, commented, and loads as the same", async (t) => {
  const config = load(example);
  const text = printConfig(config, new Map([["pools.a.timeout", ["why so long"]]]), "top\nof the file");
  t.match(text, /^# top\n# of the file\n/);
  t.match(text, / {4}# why so long\n {4}timeout: 1m\n/);
  t.notMatch(text, /workers|weight: 1|eject/);
  t.same(load(text), config);
});

t.test("any valid configuration loads as the same from its print and from its description", async () => {
  fc.assert(
    fc.property(configForms, (form) => {
      const config = load(stringify(form));
      const printed = load(printConfig(config));
      if (JSON.stringify(printed) !== JSON.stringify(config)) throw new Error(printConfig(config));
      if (diffConfig(config, printed).length > 0) throw new Error("a configuration differs from itself");
      const described = load(JSON.stringify(describeConfig(config).config, escaped));
      const changes = diffConfig(config, described).filter(({ path }) => !/auth|password/.test(path));
      if (changes.length > 0) throw new Error(changes.map(({ text }) => text).join("\n"));
    }),
    { numRuns: 80 },
  );
});
