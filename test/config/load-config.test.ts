// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables in configuration files look like that
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import t from "tap";
import { stringify } from "yaml";
import type { Config } from "../../src/config/config.ts";
import { formatConfigError } from "../../src/config/config-error.ts";
import { largestFile, loadConfig, parseConfig } from "../../src/config/load-config.ts";
import { makeCertificate } from "../support/certificates.ts";
import { configForms } from "../support/config-forms.ts";
import { needs } from "../support/needs.ts";
import { tempDir } from "../support/temp-dir.ts";

function errorsOf(text: string, env = {}): string[] {
  const loaded = parseConfig(text, "f.yml", env);
  return loaded.ok ? [] : loaded.errors.map(formatConfigError);
}

function load(text: string, env = {}): Config {
  const loaded = parseConfig(text, "/etc/podmate/f.yml", env);
  if (loaded.ok) return loaded.config;
  throw new Error(loaded.errors.map(formatConfigError).join("\n"));
}

const listener = 'memcache:\n  - { name: cache, listen: "127.0.0.1:11211", pool: a }\n';

t.test("the example of the design loads", async (t) => {
  const { admin, workers, log, lifecycle, snapshot } = load(`
admin:     { listen: 127.0.0.1:9901 }
workers:   auto
log:       { level: info }
lifecycle: { mode: sidecar, drain: 25s }
memcache:
  - { name: cache, listen: 127.0.0.1:11211, pool: sessions }
pools:
  sessions:
    ring: { distribution: ketama, hash: fnv1a_64, tag: "{}" }
    timeout: 250ms
    servers: [ "10.0.0.1:11211", { address: "10.0.0.2:11211", weight: 2, name: cache-b } ]
`);
  t.same(
    { admin, workers, log, lifecycle },
    {
      admin: { listen: { host: "127.0.0.1", port: 9901 }, probes: null, remote: null, hosts: [] },
      workers: "auto",
      log: { level: "info", format: "auto" },
      lifecycle: {
        mode: "sidecar",
        drain: 25_000,
        quiet: 1_000,
        pause_limit: 30_000,
        yield_limit: 600_000,
        hooks: [],
      },
    },
  );
  t.match(snapshot.memcache[0], { name: "cache", pool: "sessions", flush_all: true, tls: null, auth: null });
  t.match(snapshot.pools["sessions"], {
    ring: { distribution: "ketama", hash: "fnv1a_64", tag: "{}" },
    timeout: 250,
    servers: [
      { id: "10.0.0.1:11211", address: { host: "10.0.0.1", port: 11211 }, weight: 1 },
      { id: "cache-b", address: { host: "10.0.0.2", port: 11211 }, weight: 2, name: "cache-b" },
    ],
    eject: { failures: 3, window: 10_000, backoff: 1000, max_backoff: 60_000, on_eject: "fail_fast" },
    health: null,
  });
});

t.test("every wrong setting is reported at once, in the order of the lines", async (t) => {
  const text = `${listener}workers: many
pools:
  a:
    timeot: 1s
    timeout: 250
    servers:
      - 10.0.0.1:99999
      - { address: 10.0.0.2, weight: 0 }
    eject: { failures: 0, on_eject: fail-fast }
  b: {}
`;
  t.same(errorsOf(text), [
    'f.yml:3:10: workers: "many" is not allowed; give a whole number from 1 to 64 or auto',
    'f.yml:6:5: pools.a.timeot: there is no setting "timeot" here; did you mean timeout?',
    "f.yml:7:14: pools.a.timeout: 250 is not allowed: it has no unit (250ms? 250s?); give a duration from 1ms to 24h, or 0 (no limit)",
    'f.yml:9:9: pools.a.servers[0]: "10.0.0.1:99999" is not allowed: port 99999 is not within 1..65535; give host:port, [ipv6]:port, unix:/path or a host alone or a map of settings',
    "f.yml:10:38: pools.a.servers[1].weight: 0 is not allowed; give a whole number from 1 to 65535",
    "f.yml:11:24: pools.a.eject.failures: 0 is not allowed; give a whole number from 1 to 1000",
    'f.yml:11:37: pools.a.eject.on_eject: "fail-fast" is not allowed; give rehash or fail_fast (did you mean fail_fast?)',
    "f.yml:12:6: pools.b: there are no servers; give a list of servers, or discover to have them found",
  ]);
});

t.test("what no schema can say is reported beside what it can, as far as it can be told", async (t) => {
  t.same(
    errorsOf(`memcache:
  - { name: l, listen: ":1", pool: sesions }
  - { name: l, listen: ":x", pool: nope, socket_mode: 0660 }
  - { name: [], listen: ":1", pool: a }
pools:
  sessions:
    timeout: soon
    servers: [x, { address: x, weight: 0 }, { address: "y:z" }]
    failover: [sessions, gone, 5:]
  a: 5
`),
    [
      'f.yml:2:36: memcache[0].pool: there is no pool "sesions"; did you mean sessions?',
      'f.yml:3:13: memcache[1].name: "l" is already the name of memcache[0]',
      'f.yml:3:24: memcache[1].listen: ":x" is not allowed: it is not of the form host:port; give host:port, [ipv6]:port, :port or unix:/path',
      'f.yml:3:36: memcache[1].pool: there is no pool "nope"; there are sessions, a',
      "f.yml:4:13: memcache[2].name: an empty list is not allowed; give a name of 1 to 200 characters without /, control characters, or blanks at its ends",
      'f.yml:4:25: memcache[2].listen: 0.0.0.0:1 is already taken by listener "l" (0.0.0.0:1)',
      'f.yml:7:14: pools.sessions.timeout: "soon" is not allowed: it is not a number with a unit; give a duration from 1ms to 24h, or 0 (no limit)',
      'f.yml:8:29: pools.sessions.servers[1].address: "x" already stands for servers[0]; servers need distinct names',
      "f.yml:8:40: pools.sessions.servers[1].weight: 0 is not allowed; give a whole number from 1 to 65535",
      'f.yml:8:56: pools.sessions.servers[2].address: "y:z" is not allowed: it is not of the form host:port; give host:port, [ipv6]:port, unix:/path or a host alone',
      "f.yml:9:15: pools.sessions.failover: the pools lead in a circle: sessions → sessions",
      'f.yml:9:26: pools.sessions.failover[1]: there is no pool "gone"; there are sessions, a',
      "f.yml:9:32: pools.sessions.failover[2]: a map is not allowed; give the name of a pool",
      "f.yml:10:6: pools.a: 5 is not allowed; give a map of settings",
    ],
  );
});

t.test("a slash parts names: pools and listeners have none, servers and routes may", async (t) => {
  const allowed = "give a name of 1 to 200 characters without /, control characters, or blanks at its ends";
  const text = `memcache: [{ name: a/b, listen: ":1", pool: x/y }]
http:
  - { name: web/, listen: ":2", pool: web, routes: [{ name: a/b, path: /a, pool: web }] }
pools:
  x/y: { servers: [{ address: "h:1", name: a/b }] }
  web: { servers: [{ address: "h:1", name: a/b }] }
`;
  t.same(errorsOf(text), [
    `f.yml:1:20: memcache[0].name: "a/b" is not allowed; ${allowed}`,
    `f.yml:3:13: http[0].name: "web/" is not allowed; ${allowed}`,
    `f.yml:5:3: pools["x/y"]: "x/y" is not allowed as a name; ${allowed}`,
  ]);
  t.same(
    errorsOf(
      text.replace("name: a/b, listen", "name: ab, listen").replaceAll("x/y", "xy").replace("web/", "web"),
    ),
    [],
  );
});

t.test("one mistake is one error", async (t) => {
  const server = "servers: [x]";
  for (const [text, only] of [
    // No pools: every reference to one would be wrong.
    [`${listener}pools: [a]`, "pools: a list"],
    [`${listener}pools: { a: 5 }`, "pools.a: 5"],
    [
      `${listener}pools: { a: { ${server}, mirror: "\${POOL}" } }`,
      "pools.a.mirror: the environment variable",
    ],
    [`${listener}pools: { a: *b }`, "pools.a: *b refers to no anchor"],
    [`${listener}pools: { a: { <<: *b } }`, "pools.a: << takes a map"],
    // What is mistyped may be what is missing elsewhere.
    [`${listener}pools: { a: { ${server}, auth: { username: u, passwrd: p } } }`, "pools.a.auth.passwrd"],
    [`${listener}pools: { a: { ${server}, tls: { cert: [], key: k } } }`, "pools.a.tls.cert"],
    [`${listener}pools: { a: { servers: [x, { address: x, nam: y }] } }`, "pools.a.servers[1].nam"],
    [`${listener}pools: { a: { ${server}, ring: { hsh: xxh3, seed: 1 } } }`, "pools.a.ring.hsh"],
    [`${listener}pools: { a: { ${server}, ring: { hash: xx3, seed: 1 } } }`, "pools.a.ring.hash"],
    [`${listener}pools: { a: { ${server}, ring: { distribution: jum } } }`, "pools.a.ring.distribution"],
    [
      `${listener}pools: { a: { ${server}, eject: { backoff: 5m, max_backof: 9m } } }`,
      "pools.a.eject.max_backof",
    ],
    [`${listener}admin: { lisen: ":2" }\npools: { a: { ${server} } }`, "admin.lisen"],
  ] as const) {
    const errors = errorsOf(text).filter((error) => !error.includes("cannot read"));
    t.match(errors, [only], text);
  }
});

t.test("an unknown key is looked for next door", async (t) => {
  const help = (text: string) => errorsOf(text).map((error) => error.slice(error.indexOf("; ") + 2));
  const pool = (more: string) => `${listener}pools: { a: { servers: [x], ${more} } }`;
  t.same(help(pool("hash: xxh3, ring: { seed: 1 }")), ["did you mean ring.hash?"]);
  t.same(help(pool("weight: 2")), ["did you mean servers[].weight?"]);
  t.same(help(pool("max_value: 1KiB, near_cache: { size: 1KiB }")), ["did you mean near_cache.max_value?"]);
  t.same(help(pool("username: u")), ["did you mean auth.username?"]);
  t.same(help(pool("ring: { timeout: 1s }")), ["did you mean pools.a.timeout?"]);
  t.same(help(pool("limits: { requests: 5, workers: 2 }")), ["known are requests, bytes, large_values"]);
  t.same(help(pool("workers: 2")), ["did you mean workers at the top of the file?"]);
  t.same(help(pool("hsh: xxh3")).length, 1);
  t.same(help(`level: warn\n${pool("coalesce: true")}`), ["did you mean log.level?"]);
});

t.test("a type that YAML guessed wrong is read as the setting wants it", async (t) => {
  const text = `
memcache: [{ name: 7, listen: "unix:/run/a.sock", socket_mode: 0660, pool: 007 }]
pools: { 007: { servers: [{ address: x, weight: "\${WEIGHT}", name: 1.0 }], coalesce: "\${YES}", timeout: "\${T:-0}" } }
`;
  const { snapshot } = load(text, { WEIGHT: "3", YES: "true" });
  t.match(snapshot.memcache[0], { name: "7", socket_mode: 0o660, pool: "007" });
  t.match(snapshot.pools["007"], { coalesce: true, timeout: 0, servers: [{ weight: 3, name: "1.0" }] });
  t.match(
    errorsOf(text, { WEIGHT: "three", YES: "yes" }).join("\n"),
    /weight: "three" is not.*\n.*coalesce: "yes" is not/,
  );
});

t.test("a variable that is not set is an error beside the others", async (t) => {
  t.same(errorsOf(`${listener}pools: { a: { servers: ["\${HOST}"], timeout: soon } }`), [
    "f.yml:3:25: pools.a.servers[0]: the environment variable HOST is not set; set it, or give a default: ${HOST:-default}",
    'f.yml:3:46: pools.a.timeout: "soon" is not allowed: it is not a number with a unit; give a duration from 1ms to 24h, or 0 (no limit)',
  ]);
});

t.test("a secret does not show in an error", async (t) => {
  for (const auth of [
    '{ username: u, password: "two words" }',
    "two-words",
    '{ username: u, password: ["words"] }',
  ]) {
    const errors = errorsOf(`${listener}pools: { a: { servers: [x], auth: ${auth} } }`);
    t.equal(errors.length, 1);
    t.notMatch(errors[0], /words"/, auth);
  }
});

t.test("a file that is no configuration says so", async (t) => {
  t.same(errorsOf(""), ["f.yml:1:1: the file is empty; it needs listeners (memcache, http) and pools"]);
  t.same(errorsOf("- 1"), ["f.yml:1:1: a list is not allowed; give a map of settings"]);
  t.same(errorsOf("http: []\n"), [
    "f.yml:1:1: pools: is missing; give a map of 1 to 1000 names to settings",
    "f.yml:1:1: there is no listener; give memcache, http or both a list of them",
  ]);
  t.match(errorsOf("a: [1\nb: 2\n"), [/^f.yml:2:1: not valid YAML/]);
});

t.test("a list too long is counted, and errors without end are cut", async (t) => {
  const servers = "x, ".repeat(5000);
  t.match(errorsOf(`${listener}pools: { a: { servers: [${servers}] } }`), [
    /a list of 5000 is not allowed; give a list of 1 to/,
  ]);
  t.equal(errorsOf("a: 1\n".repeat(5000)).length, 1000);
});

t.test("files are read whole or refused", async (t) => {
  const folder = await tempDir(t);
  const write = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const errorOf = (path: string): string => {
    const loaded = loadConfig(path, {});
    return loaded.ok
      ? "none"
      : (loaded.errors.map(({ line, column, message }) => `${line}:${column} ${message}`)[0] ?? "");
  };
  const good = `${listener}pools: { a: { servers: [x] } }\n`;
  t.equal(errorOf(write("good.yml", good)), "none");
  t.equal(
    errorOf(
      write(
        "json.json",
        JSON.stringify({
          memcache: [{ name: "n", listen: ":1", pool: "a" }],
          pools: { a: { servers: ["x"] } },
        }),
      ),
    ),
    "none",
  );
  t.equal(errorOf(join(folder, "absent.yml")), "1:1 cannot read the file: there is no such file");
  mkdirSync(join(folder, "folder"));
  t.equal(errorOf(join(folder, "folder")), "1:1 cannot read the file: it is a folder");
  t.equal(errorOf("/dev/zero"), `1:1 cannot read the file: it is larger than ${largestFile} bytes`);
  t.equal(
    errorOf(write("large.yml", good + "#".repeat(largestFile))),
    `1:1 cannot read the file: it is larger than ${largestFile} bytes`,
  );
  t.equal(
    errorOf(write("latin1.yml", Buffer.from("a: 1\nb: caf\xe9\n", "latin1"))),
    "2:7 the file is not valid UTF-8 from here on",
  );
});

t.test("passwords come from files beside the configuration", async (t) => {
  const folder = await tempDir(t);
  const path = join(folder, "podmate.yml");
  const text = `${listener}pools: { a: { servers: [x], auth: { username: u, password_file: secret } } }\n`;
  writeFileSync(path, text);
  writeFileSync(join(folder, "secret"), "open sesame\n");
  t.match(loadConfig(path, {}), {
    errors: [{ path: "pools.a.auth.password_file", message: /more than one line of printable/ }],
  });
  writeFileSync(join(folder, "secret"), "");
  t.match(loadConfig(path, {}), { errors: [{ message: /is empty/ }] });
  writeFileSync(join(folder, "secret"), "sesame\n");
  const loaded = loadConfig(path, {});
  t.match(loaded.ok && loaded.config.snapshot.pools["a"]?.auth, { username: "u", password: "sesame" });
});

t.test("certificates are tried when the file is loaded", async (t) => {
  if (!needs(t, "openssl")) return;
  const folder = await tempDir(t);
  makeCertificate(folder, "one", ["DNS:one.test"]);
  makeCertificate(folder, "two", ["DNS:two.test"]);
  const path = join(folder, "podmate.yml");
  const loadWith = (cert: string, key: string) => {
    const tls = `tls: { cert: ${cert}, key: ${key} }`;
    writeFileSync(
      path,
      `memcache: [{ name: n, listen: ":1", pool: a, ${tls} }]\npools: { a: { servers: [x], ${tls} } }\n`,
    );
    return loadConfig(path, {});
  };
  const good = loadWith("one.crt", "one.key");
  t.match(good.ok && good.config.snapshot.memcache[0]?.tls, {
    cert: join(folder, "one.crt"),
    key: join(folder, "one.key"),
  });
  t.match(loadWith("one.crt", "two.key"), {
    errors: [
      { path: "memcache[0].tls", message: /the key does not belong to the certificate/ },
      { path: "pools.a.tls" },
    ],
  });
  t.match(loadWith("absent.crt", "one.key"), {
    errors: [{ path: "memcache[0].tls.cert", message: /no such file/ }, {}],
  });
});

t.test("no text makes the loader throw", async (t) => {
  const alphabet = fc.constantFrom(
    ..."{}[]:,-&*!|>'\"%@`#\n\t ~<=$?.",
    "a",
    "pools",
    "servers",
    "<<",
    "${",
    "\ufeff",
    "\r",
    "é",
  );
  const noise = fc.array(alphabet, { maxLength: 60 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(noise, fc.string({ unit: "binary" })), (text) => errorsOf(text).length > 0),
    { numRuns: 300 },
  );
  const damaged = fc.tuple(configForms, fc.nat(), noise);
  fc.assert(
    fc.property(damaged, ([form, at, noise]) => {
      const text = stringify(form);
      const place = at % text.length;
      for (const error of errorsOf(text.slice(0, place) + noise + text.slice(place + 3))) {
        if (!/^f\.yml:\d+:\d+: ./.test(error)) throw new Error(error);
      }
    }),
    { numRuns: 80 },
  );
  t.pass();
});
