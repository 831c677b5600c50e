import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { formatConfigError } from "../../src/config/config-error.ts";
import { looksLikeTwemproxy } from "../../src/config/file-format.ts";
import { parseConfig } from "../../src/config/load-config.ts";
import { readEitherConfig } from "../../src/config/read-config.ts";
import { tempDir } from "../support/temp-dir.ts";

const base = `memcache: [ { name: a, listen: "127.0.0.1:1", pool: a, routes: [ { prefix: x, pool: routed } ] } ]
pools:
  a: { servers: [ h ], failover: [ spare ] }
  routed: { servers: [ h ], warm_from: { pool: old } }
  spare: { servers: [ h ], mirror: { pool: shadow } }
  old: { servers: [ h ] }
  shadow: { servers: [ h ] }
`;

function warn(text: string, folder?: string): string[] {
  const loaded = parseConfig(text, "f.yml", {}, { folder, thorough: true });
  return loaded.ok ? loaded.warnings.map(formatConfigError) : loaded.errors.map(formatConfigError);
}

t.test("a pool that nobody uses is named; one that another pool falls back to is in use", async (t) => {
  t.same(warn(base), []);
  t.same(warn(`${base}  idle: { servers: [ h ], failover: [ a ] }\n`), [
    "f.yml:8:9: pools.idle: nobody uses this pool: no listener, route or other pool names it",
  ]);
  const loaded = parseConfig(`${base}  idle: { servers: [ h ] }\n`, "f.yml", {});
  t.same(loaded.ok && loaded.warnings, [], "a daemon does not look for them");
});

t.test("a file of servers that is not there is named with what comes of it", async (t) => {
  const folder = await tempDir(t);
  const text =
    'memcache: [ { name: a, listen: "127.0.0.1:1", pool: a } ]\npools: { a: { discover: { file: s.yml } } }\n';
  t.same(warn(text, folder), [
    `f.yml:2:33: pools.a.discover.file: cannot read ${folder}/s.yml: there is no such file; until it can be read, the pool has no servers`,
  ]);
  await writeFile(join(folder, "s.yml"), "[ h ]\n");
  t.same(warn(text, folder), []);
});

t.test("a ring that spreads similar keys unevenly is named, with what to do", async (t) => {
  const ring = (text: string): string[] =>
    warn(
      `memcache: [ { name: a, listen: "127.0.0.1:1", pool: a } ]\npools: { a: { ring: ${text}, servers: [ h ] } }\n`,
    );
  t.same(ring("{ distribution: ketama }"), [
    "f.yml:2:21: pools.a.ring: ketama with fnv1a_64 spreads similar keys (user-1001, user-1002, …) unevenly; keep it only to place keys as another proxy does, otherwise use maglev, or a hash such as md5",
  ]);
  t.match(ring("{ distribution: modula, hash: crc32 }"), [/modula with crc32 spreads/]);
  t.same(ring("{ distribution: ketama, hash: md5 }"), []);
  t.same(ring("{ hash: fnv1a_64 }"), [], "maglev is even with any hash");
  t.same(ring("{}"), []);
});

t.test("`pool` at the top of the file may be meant for pools", async (t) => {
  const text = 'memcache: [ { name: a, listen: "127.0.0.1:1", pool: a } ]\npool: { a: { servers: [ h ] } }\n';
  t.match(warn(text).join("\n"), /"pool" here; did you mean pools, memcache\[\]\.pool or http\[\]\.pool\?/);
});

const nutcracker = "alpha:\n  listen: 127.0.0.1:22121\n  servers: [ ]\n";

t.test("the two forms are told apart by their looks", async (t) => {
  t.ok(looksLikeTwemproxy(nutcracker));
  t.ok(looksLikeTwemproxy("alpha:\n  redis: true\n  servers:\n   - h:1:1\n"));
  for (const text of [base, "", "admin: { listen: 127.0.0.1:1 }\n", "alpha: 1\n", "- a\n", "{"]) {
    t.notOk(looksLikeTwemproxy(text), text);
  }
});

t.test("of a bad file, the errors of its own form are told", async (t) => {
  const read = (text: string) => readEitherConfig({ origin: "f", text }, {});
  t.match(await read(base), { ok: true, format: "podmate" });
  t.match(await read(nutcracker.replace("[ ]", "\n   - h:1:1")), { ok: true, format: "twemproxy" });
  t.match(await read(nutcracker), { ok: false, format: "twemproxy", errors: [{ path: "alpha.servers" }] });
  t.match(await read(base.replace("pool: a,", "pool: b,")), { ok: false, format: "podmate" });
});
