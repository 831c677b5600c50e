import { Readable } from "node:stream";
import t, { type Test } from "tap";
import { Client } from "undici";
import { startAdmin } from "../../src/admin/admin-server.ts";
import { debugAnswers, type InspectedWorkers } from "../../src/answers/debug-answers.ts";
import { type Findings, inspectThread } from "../../src/observe/thread-inspector.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { fineAdmin } from "../support/fine-admin.ts";
import { readPprof } from "../support/pprof.ts";
import { until } from "../support/until.ts";

const delay: Findings["delay"] = { samples: 9, min: 1, mean: 2, p50: 3, p99: 4, max: 5, utilization: 0.5 };

/** A worker that stands for this thread, and one that has died. */
const workers: InspectedWorkers = {
  workers: { of: 2 },
  async inspect(worker, inspection) {
    if (worker === 1) throw new Error("worker 1 does not run");
    // What stands for it is one thread with the main one.
    if ("stop" in inspection && inspection.stop === "delay") return delay;
    return "start" in inspection && inspection.start === "delay" ? undefined : inspectThread(inspection);
  },
  async heapSnapshot(worker) {
    if (worker === 1) throw new Error("worker 1 does not run");
    return Readable.from(["{", "}"]);
  },
};

async function start(t: Test, api = workers) {
  const clock = new FakeClock();
  const admin = await startAdmin(
    { host: "127.0.0.1", port: 0 },
    fineAdmin({ debug: debugAnswers(api, clock) }),
  );
  t.teardown(() => admin.close());
  const port = "port" in admin.address ? admin.address.port : 0;
  const client = new Client(`http://127.0.0.1:${port}`, { pipelining: 0 });
  t.teardown(() => client.destroy());
  async function ask(path: string, headers: Record<string, string> = {}, from = client) {
    const { statusCode, headers: got, body } = await from.request({ path, method: "GET", headers });
    const bytes = Buffer.from(await body.arrayBuffer());
    return { status: statusCode, headers: got, bytes, text: bytes.toString() };
  }
  /** A connection of its own. */
  const connect = () => {
    const other = new Client(`http://127.0.0.1:${port}`);
    t.teardown(() => other.destroy());
    return other;
  };
  /** Waits for what is under way, and lets its time pass. */
  async function pass(time: number) {
    await until(() => clock.pending > 0);
    clock.advance(time);
  }
  return { admin, ask, clock, connect, pass };
}

t.test("profiles of the main thread and of a worker, in pprof's format", async (t) => {
  const { ask, pass } = await start(t);
  for (const [path, name, type] of [
    ["/debug/pprof/profile?seconds=2", "podmate-main-cpu.pb.gz", "cpu/nanoseconds"],
    ["/debug/pprof/profile?seconds=2&thread=worker-0", "podmate-worker-0-cpu.pb.gz", "cpu/nanoseconds"],
    ["/debug/pprof/heap?seconds=2", "podmate-main-heap.pb.gz", "space/bytes"],
    [
      "/debug/pprof/heap?seconds=2&thread=worker-0&collected=true",
      "podmate-worker-0-heap.pb.gz",
      "space/bytes",
    ],
  ] as const) {
    const asked = ask(path);
    await pass(2_000);
    const { status, headers, bytes } = await asked;
    t.equal(status, 200, path);
    t.equal(headers["content-disposition"], `attachment; filename="${name}"`);
    const profile = readPprof(bytes);
    t.equal(profile.types.at(-1), type);
    t.equal(profile.durationSeconds, 2);
    t.match(profile.comments[0], /^thread (main|worker-0)$/);
  }
});

t.test("one profile at a time", async (t) => {
  const { ask, clock, connect, pass } = await start(t);
  const first = ask("/debug/pprof/profile?seconds=1");
  await until(() => clock.pending > 0);
  for (const path of ["pprof/profile", "pprof/heap", "heap-snapshot", "event-loop"]) {
    t.match(await ask(`/debug/${path}`, {}, connect()), {
      status: 409,
      text: /a CPU profile of main is being taken; one at a time/,
    });
  }
  await pass(1_000);
  t.match(await first, { status: 200 });
  t.match(await ask("/debug/heap-snapshot?thread=worker-0"), { status: 200 });
});

t.test("a profile that nobody waits for any more ends, and makes room for the next", async (t) => {
  const { ask, clock, connect } = await start(t);
  const gone = connect();
  ask("/debug/pprof/profile?seconds=300", {}, gone).catch(() => {});
  await until(() => clock.pending > 0);
  await gone.destroy();
  await until(() => clock.pending === 0);
  await until(async () => (await ask("/debug/heap-snapshot?thread=worker-0")).status === 200);
});

t.test("the end of the daemon does not wait for a profile", async (t) => {
  const { admin, ask, clock } = await start(t);
  const asked = ask("/debug/pprof/profile?seconds=300").catch(() => {});
  await until(() => clock.pending > 0);
  await admin.close();
  await asked;
  t.equal(clock.pending, 0);
});

t.test("a heap snapshot is sent as it comes", async (t) => {
  const { ask } = await start(t);
  t.match(await ask("/debug/heap-snapshot?thread=worker-0"), {
    status: 200,
    text: "{}",
    headers: { "content-disposition": 'attachment; filename="podmate-worker-0.heapsnapshot"' },
  });
  t.match(await ask("/debug/heap-snapshot?thread=worker-1"), { status: 503 });
  const { text } = await ask("/debug/heap-snapshot");
  t.match(Object.keys(JSON.parse(text)), ["snapshot", "nodes"]);
});

t.test("how late the event loop of each thread is", async (t) => {
  const { ask, clock } = await start(t, { ...workers, workers: { of: 1 } });
  const asked = ask("/debug/event-loop?seconds=5");
  // Both are looked at at the same time.
  await until(() => clock.pending === 2);
  clock.advance(5_000);
  const { threads } = JSON.parse((await asked).text);
  t.same(
    threads.map(({ thread }: { thread: string }) => thread),
    ["main", "worker-0"],
  );
  t.ok(threads[0].utilization <= 1);
  t.match(threads[1], { samples: 9, delay_min_us: 1, delay_p99_us: 4, delay_max_us: 5, utilization: 0.5 });
});

t.test("what cannot be asked", async (t) => {
  const { ask } = await start(t);
  t.match(await ask("/debug/pprof/profile?thread=worker-7"), {
    status: 404,
    text: /there are: main, worker-0, worker-1/,
  });
  t.match(await ask("/debug/pprof/profile?thread=worker-1"), { status: 503 });
  for (const query of ["seconds=0", "seconds=301", "seconds=x", "hz=0", "hz=1001"]) {
    t.match(await ask(`/debug/pprof/profile?${query}`), { status: 400 }, query);
  }
});

t.test("guarded as changes are", async (t) => {
  const { ask } = await start(t);
  for (const path of ["pprof/profile", "pprof/heap", "heap-snapshot", "event-loop"]) {
    t.match(await ask(`/debug/${path}`, { origin: "http://evil.example" }), { status: 403 }, path);
    t.match(await ask(`/debug/${path}`, { "x-forwarded-for": "10.0.0.7" }), { status: 403 }, path);
  }
});
