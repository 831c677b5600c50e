import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { readInProcess, startReader } from "../../src/cli/config-process.ts";
import { parseConfig } from "../../src/config/load-config.ts";
import { tempDir } from "../support/temp-dir.ts";

const text = `memcache: [ { name: cache, listen: "127.0.0.1:0", pool: main } ]
pools: { main: { servers: [ "\${SERVER}" ] } }
`;

t.test("what another process reads is what this one would have read", async (t) => {
  const environment = { SERVER: "10.0.0.1:11211", UNSET: undefined };
  const loaded = await readInProcess({ format: "podmate", origin: "f.yml", text }, environment);
  t.match(loaded, { ok: true });
  t.strictSame(loaded, { ...parseConfig(text, "f.yml", environment), text });
});

t.test("a file that is no good comes back as its errors", async (t) => {
  const file = join(await tempDir(t), "podmate.yml");
  await writeFile(file, text);
  const loaded = await readInProcess({ format: "podmate", origin: file }, {});
  t.match(loaded, { ok: false, errors: [{ file, line: 2, message: /SERVER is not set/ }] });
});

t.test("twemproxy's format is read too", async (t) => {
  const file = join(await tempDir(t), "nutcracker.yml");
  await writeFile(file, "alpha:\n  listen: 127.0.0.1:22121\n  servers:\n   - 127.0.0.1:11211:1\n");
  const loaded = await readInProcess({ format: "twemproxy", origin: file }, {});
  t.match(loaded, { ok: true, config: { snapshot: { memcache: [{ name: "alpha" }] } } });
});

t.test("a process that was started ahead reads once, and others after it", async (t) => {
  startReader();
  for (const origin of ["first.yml", "second.yml"]) {
    const loaded = await readInProcess({ format: "podmate", origin, text: "memcache: 1\n" }, {});
    t.match(loaded, { ok: false, errors: [{ file: origin }] });
  }
});
