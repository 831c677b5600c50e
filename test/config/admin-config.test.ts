import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import type { Config } from "../../src/config/config.ts";
import { formatConfigError } from "../../src/config/config-error.ts";
import { diffConfig } from "../../src/config/diff-config.ts";
import { parseConfig } from "../../src/config/load-config.ts";
import { readConfig } from "../../src/config/read-config.ts";
import { tempDir } from "../support/temp-dir.ts";

const rest = `
memcache: [{ name: cache, listen: "127.0.0.1:11211", pool: a }]
pools: { a: { servers: [x] } }
`;
const token = Buffer.from("a-token-of-some-length\n");

/** Parses a configuration with this section `admin`; every file that it names holds `content`. */
function parse(admin: string, content = token): Config | string[] {
  const loaded = parseConfig(
    `admin: ${admin}${rest}`,
    "f.yml",
    {},
    { folder: "/etc/podmate", read: () => content },
  );
  return loaded.ok ? loaded.config : loaded.errors.map(formatConfigError);
}

function load(admin: string): Config {
  const config = parse(admin);
  if (Array.isArray(config)) throw new Error(config.join("\n"));
  return config;
}

t.test("probes have a listener of their own, and changes from elsewhere a file of tokens", async (t) => {
  t.same(load("{}").admin, {
    listen: { host: "127.0.0.1", port: 9901 },
    probes: null,
    remote: null,
    hosts: [],
  });
  const { admin } = load('{ probes: ":9902", remote: { token_file: token }, hosts: [podmate.shop.svc] }');
  t.match(admin, {
    probes: { port: 9902 },
    remote: { token_file: "/etc/podmate/token" },
    hosts: ["podmate.shop.svc"],
  });
  t.same(load("{ remote: /run/token }").admin.remote, { token_file: "/run/token" });
});

t.test("what cannot be is refused where it stands", async (t) => {
  const cases: [admin: string, error: RegExp][] = [
    [
      '{ probes: ":9901" }',
      /^f\.yml:1:\d+: admin\.probes: .*:9901 is already taken by the management interface/,
    ],
    ['{ probes: "127.0.0.1:11211" }', /^f\.yml:2:\d+: memcache\[0\]\.listen: .* taken by admin\.probes/],
    ["{ hosts: [http://x] }", /^f\.yml:1:\d+: admin\.hosts\[0\]: .*a host name/],
    ["{ remote: {} }", /admin\.remote.*token_file/],
  ];
  for (const [admin, error] of cases) t.match(parse(admin), [error], admin);
  for (const content of ["", "short\n", "two words in a line that is long\n"]) {
    t.match(
      parse("{ remote: token }", Buffer.from(content)),
      [/admin\.remote\.token_file: the file/],
      content,
    );
  }
});

t.test("only what is bound at the start needs a restart", async (t) => {
  const after = load('{ listen: ":9000", probes: ":9902", remote: token, hosts: [x] }');
  t.same(
    diffConfig(load("{}"), after).map(({ path, restart }) => [path, restart]),
    [
      ["admin.listen", true],
      ["admin.probes", true],
      ["admin.remote", false],
      ["admin.hosts", false],
    ],
  );
});

t.test("a text that stands for a file has its relative paths start where it is told", async (t) => {
  const folder = await tempDir(t);
  await writeFile(join(folder, "token"), token);
  const text = `admin: { remote: token }${rest}`;
  const read = await readConfig({ format: "podmate", origin: "body", text, folder }, {});
  t.match(read, { ok: true, text, config: { admin: { remote: { token_file: join(folder, "token") } } } });
  const other = join(folder, "no");
  const elsewhere = await readConfig({ format: "podmate", origin: "body", text, folder: other }, {});
  t.match(elsewhere, { ok: false, text, errors: [{ file: "body", path: "admin.remote.token_file" }] });
});
