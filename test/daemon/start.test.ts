/** What a start loads and starts; docs/memory.md and docs/image.md say what that is worth. */
import { randomUUID } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { TestProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
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

t.test("what reads a configuration without TLS does not load it", async (t) => {
  const reader = fileURLToPath(new URL("../../src/config-reader.ts", import.meta.url));
  const code = `import(${JSON.stringify(reader)}).then(() => console.log(process.moduleLoadList.join(",")))`;
  const child = new TestProcess(t, process.execPath, ["--input-type=module", "-e", code]);
  t.match(await child.exit, { code: 0 });
  t.match(child.stdout, /NativeModule url,/, "it tells");
  t.notMatch(child.stdout, /NativeModule tls,/);
});

/** Has the process print, when it starts another one, how many listen for SIGTERM besides those of tap. */
const listeners = `data:text/javascript,${encodeURIComponent(`
const processes = process.getBuiltinModule("node:child_process");
const { writeSync } = process.getBuiltinModule("node:fs");
const { fork } = processes;
const before = process.listenerCount("SIGTERM");
processes.fork = (...words) => {
  writeSync(2, "listeners: " + (process.listenerCount("SIGTERM") - before) + "\\n");
  return fork(...words);
};`)}`;

t.test("a start listens for signals before all that takes time, for PID 1 gets none otherwise", async (t) => {
  const started = podmate(t, ["run", "--unknown"], ["--import", listeners]);
  t.match(await started.exit, { code: 2 });
  t.match(started.stderr, /^listeners: 1$/m);
});

/** Has Node get no thread from the system, as under a limit of processes. */
const noThreads = `data:text/javascript,${encodeURIComponent(`
process.getBuiltinModule("node:worker_threads").Worker = class { constructor() { throw new Error("EAGAIN"); } };
process.getBuiltinModule("node:module").syncBuiltinESMExports();`)}`;

t.test("where the system grants no thread, it says so and ends", async (t) => {
  const refused = podmate(t, ["run", "-c", "podmate.yml"], ["--import", noThreads]);
  t.match(await refused.exit, { code: 1 });
  t.equal(refused.stderr, "podmate: cannot start the thread of worker 0: EAGAIN\n");
});

t.test(
  "the process that is started ahead to read the configuration ends where there is none to read",
  async (t) => {
    const mark = randomUUID();
    const refused = podmate(t, ["run", "--unknown"], [], { MARK: mark });
    t.match(await refused.exit, { code: 2 });
    t.match(refused.stderr, /unknown/);
    await until(async () => (await runningWith(mark)).length === 0);
  },
);

/** Ids of processes that have `mark` in their environment. */
async function runningWith(mark: string): Promise<readonly string[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(
    ids.map((id) => readFile(`/proc/${id}/environ`, "latin1").catch(() => "")),
  );
  return ids.filter((_, i) => environments[i]?.includes(mark));
}
