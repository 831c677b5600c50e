/** Profiles of a running daemon, read by the tool they are meant for. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import t, { type Test } from "tap";
import { findProgram } from "../support/needs.ts";
import { type ReadProfile, readPprof } from "../support/pprof.ts";
import { tempDir } from "../support/temp-dir.ts";
import { WireClient } from "../support/wire-client.ts";
import { configText, type Daemon, startDaemon, startServers } from "./podmate.ts";

const run = promisify(execFile);

async function fetchBytes(daemon: Daemon, path: string): Promise<Buffer> {
  const answer = await fetch(`http://${daemon.admin}${path}`);
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return Buffer.from(await answer.arrayBuffer());
}

/** A profile that shows what is wanted: of a second, or of more where the thread had no processor in that. */
async function longEnough(
  daemon: Daemon,
  path: string,
  shows: (profile: ReadProfile) => boolean,
): Promise<Buffer> {
  let profile = await fetchBytes(daemon, `${path}&seconds=1`);
  for (const seconds of [5, 20]) {
    if (shows(readPprof(profile))) break;
    profile = await fetchBytes(daemon, `${path}&seconds=${seconds}`);
  }
  return profile;
}

/** Sends requests as long as `work` lasts. */
async function underLoad<T>(t: Test, daemon: Daemon, work: () => Promise<T>): Promise<T> {
  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  await client.exchange("set k 0 0 1\r\nv\r\n", "STORED\r\n");
  const requests = "get k\r\n".repeat(100);
  const answers = "VALUE k 0 1\r\nv\r\nEND\r\n".repeat(100);
  let isDone = false;
  const load = (async () => {
    while (!isDone) await client.exchange(requests, answers);
  })();
  try {
    return await work();
  } finally {
    isDone = true;
    await load;
  }
}

t.test("a worker's profile shows its own functions, and the main thread's has others", async (t) => {
  const daemon = await startDaemon(t, configText(await startServers(t, 1)));
  const file = join(await tempDir(t), "worker.pb.gz");
  const showsProxy = ({ functions }: ReadProfile) =>
    functions.some((name) => /\/proxy\/\S+\.[jt]s:\d+$/.test(name));
  const path = "/debug/pprof/profile?hz=1000&thread=worker-0";
  const worker = await underLoad(t, daemon, () => longEnough(daemon, path, showsProxy));
  await writeFile(file, worker);
  const profile = readPprof(worker);
  t.ok(profile.samples.length > 0);
  t.ok(showsProxy(profile), profile.functions.join("\n"));
  const main = readPprof(await fetchBytes(daemon, "/debug/pprof/profile?seconds=1&hz=1000"));
  t.notOk(main.functions.some((name) => /\/proxy\//.test(name)));

  t.test("go tool pprof reads it", async (t) => {
    const go = findProgram("go");
    if (go === undefined) return t.plan(0, "go is not installed");
    const { stdout } = await run(go, ["tool", "pprof", "-top", "-nodecount=500", file]);
    t.match(stdout, /^Type: cpu$/m);
    t.match(stdout, /^ +flat +flat% +sum% +cum +cum%$/m);
    t.match(stdout, /Session|process|onBytes/);
  });
});

t.test("heap profile, heap snapshot and event-loop delay of a worker", async (t) => {
  const daemon = await startDaemon(t, configText(await startServers(t, 1)));
  const path = "/debug/pprof/heap?thread=worker-0&collected=true";
  const heap = await underLoad(t, daemon, () =>
    longEnough(daemon, path, ({ samples }) => samples.length > 0),
  );
  const profile = readPprof(heap);
  t.same(profile.types, ["space/bytes"]);
  t.ok(profile.samples.length > 0);
  t.same(profile.comments, ["thread worker-0"]);
  const go = findProgram("go");
  if (go !== undefined) {
    const file = join(await tempDir(t), "heap.pb.gz");
    await writeFile(file, heap);
    t.match((await run(go, ["tool", "pprof", "-top", file])).stdout, /^Type: space$/m);
  } else t.comment("go is not installed");

  const snapshot = JSON.parse((await fetchBytes(daemon, "/debug/heap-snapshot?thread=worker-0")).toString());
  t.ok(snapshot.snapshot.node_count > 1_000);
  const loops = JSON.parse((await fetchBytes(daemon, "/debug/event-loop?seconds=1")).toString());
  t.match(loops.threads, [
    { thread: "main", delay_p99_us: Number },
    { thread: "worker-0", delay_p99_us: Number },
  ]);
});
