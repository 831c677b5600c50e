/** What a start loads; docs/memory.md says what that is worth. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { tempDir } from "../support/temp-dir.ts";
import { podmate } from "./podmate.ts";

/** Has the main thread print at its end which parts of Node it has loaded. */
const listing = `data:text/javascript,${encodeURIComponent(`
const { isMainThread } = process.getBuiltinModule("node:worker_threads");
const { writeSync } = process.getBuiltinModule("node:fs");
if (isMainThread) process.on("exit", () => writeSync(2, "loaded: " + process.moduleLoadList + "\\n"));`)}`;

/** What a daemon for memcache without TLS has no use for before somebody asks for it. */
const unneeded = ["tls", "http2", "https", "zlib", "internal/util/parse_args/parse_args"];

t.test("a daemon for memcache loads what it needs of Node", async (t) => {
  const file = join(await tempDir(t), "podmate.yml");
  await writeFile(
    file,
    `admin: { listen: "127.0.0.1:0" }
workers: 1
memcache: [ { name: cache, listen: "127.0.0.1:0", pool: main } ]
pools: { main: { servers: [ "127.0.0.1:1" ] } }
`,
  );
  const daemon = podmate(t, ["run", "-c", file], ["--import", listing]);
  await daemon.waitForOutput(/"podmate serves"/);
  t.match(await daemon.stop(), { code: 0 });
  const [, list = ""] = /^loaded: (.*)$/m.exec(daemon.stderr) ?? [];
  const loaded = list.split(",").map((name) => name.replace(/^NativeModule /, ""));
  t.ok(loaded.includes("net"), "it tells");
  t.same(
    unneeded.filter((name) => loaded.includes(name)),
    [],
  );
});
