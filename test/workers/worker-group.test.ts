import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import t, { type Test } from "tap";
import { lookEvery } from "../../src/workers/watchdog.ts";
import { type GroupOptions, replaceAfter, WorkerGroup } from "../../src/workers/worker-group.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { patience } from "../support/patience.ts";
import type { FakeReport, FakeSnapshot, FakeUpdate } from "./fake-plane-thread.ts";

const entry = new URL("./fake-plane-thread.ts", import.meta.url);

type Options = GroupOptions<FakeSnapshot, FakeUpdate, FakeReport>;

/** A group of fake planes, with what its workers report and what becomes of them. */
class Stage {
  readonly clock = new FakeClock();
  readonly reports: FakeReport[] = [];
  readonly deaths: string[] = [];
  readonly stuck: { index: number; silence: number; stack: readonly string[] | null }[] = [];
  readonly back: number[] = [];
  readonly replaced: number[] = [];
  readonly group: WorkerGroup<FakeSnapshot, FakeUpdate, FakeReport>;
  #changed = Promise.withResolvers<void>();

  constructor(t: Test, count: number, options: Partial<Options> = {}) {
    this.group = new WorkerGroup({
      count,
      clock: this.clock,
      thread: (index) => new Worker(entry, { workerData: { index } }),
      settings: null,
      tailor: (snapshot) => snapshot,
      catchUp: () => [],
      onReport: (report, index) => this.#note(() => (this.reports[index] = report)),
      onLog: () => {},
      onAccess: () => {},
      onBlock: () => {},
      timeout: () => 2_000,
      onStuck: (index, silence, stack) => this.#note(() => this.stuck.push({ index, silence, stack })),
      onBack: (index) => this.#note(() => this.back.push(index)),
      onDeath: (index, reason) => this.#note(() => this.deaths.push(`${index}: ${reason}`)),
      onReplaced: (index) => this.#note(() => this.replaced.push(index)),
      ...options,
    });
    t.teardown(() => this.group.close());
  }

  /** Waits until what the workers have told makes this true. */
  async until(what: string, done: () => boolean): Promise<void> {
    while (!done()) {
      const late = AbortSignal.timeout(patience);
      const { promise, reject } = Promise.withResolvers<never>();
      late.onabort = () => reject(new Error(`waited in vain for ${what}: ${JSON.stringify(this.reports)}`));
      await Promise.race([promise, this.#changed.promise]);
      late.onabort = null;
    }
  }

  #note(change: () => unknown): void {
    change();
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

t.test("a snapshot is in force in every worker", async (t) => {
  const stage = new Stage(t, 2);
  await stage.group.apply({ version: 1 });
  await stage.group.apply({ version: 2 });
  const both = ["version 1", "version 2"];
  await stage.until("both", () => stage.reports.every((report) => report.length === 2));
  t.same(stage.reports, [both, both]);
  t.same(stage.group.running, { up: 2, of: 2 });
});

t.test("a snapshot that one worker cannot take is in force in none", async (t) => {
  const stage = new Stage(t, 2, { catchUp: () => [{ note: "ejected" }] });
  await stage.group.apply({ version: 1 });
  await t.rejects(stage.group.apply({ version: 2, refusedBy: 1 }), {
    message: "port of version 2 is taken",
  });
  await stage.until("the way back", () =>
    stage.reports.every((report) => report.at(-1) === "update ejected"),
  );
  const back = ["version 1", "update ejected"];
  t.same(stage.reports[0], ["version 1", "version 2", ...back], "the one that took it went back");
  t.same(stage.reports[1], ["version 1", ...back]);
  await stage.group.apply({ version: 3 });
  await stage.until("version 3", () => stage.reports.every((report) => report.at(-1) === "version 3"));
});

t.test("the first snapshot's failure says why", async (t) => {
  const stage = new Stage(t, 2);
  await t.rejects(stage.group.apply({ version: 1, refusedBy: 0 }), { message: "port of version 1 is taken" });
  t.same(stage.deaths, []);
});

t.test("a worker gets the part of a snapshot that is for it", async (t) => {
  const stage = new Stage(t, 2, { tailor: ({ version }, index) => ({ version: version * 10 + index }) });
  await stage.group.apply({ version: 1 });
  await stage.until("both", () => stage.reports.filter(Boolean).length === 2);
  t.same(stage.reports, [["version 10"], ["version 11"]]);
});

t.test("a worker that dies is replaced after a pause, and gets what the others have", async (t) => {
  const stage = new Stage(t, 2, { catchUp: () => [{ note: "ejected" }] });
  await stage.group.apply({ version: 1 });
  stage.group.pause();
  stage.group.setPressure(0.8, 0);
  stage.group.setPressure(0, 0.8);
  stage.group.setPressure(0, 0.8);
  stage.group.update([{ die: "a bug" }]);
  await stage.until("the deaths", () => stage.deaths.length === 2);
  t.match(stage.deaths.sort()[0], /^0: worker thread: a bug \(at /, "with the place of the bug");
  t.same(stage.group.running, { up: 0, of: 2 });
  stage.clock.advance(replaceAfter);
  await stage.until("the replacements", () => stage.replaced.length === 2);
  t.same(stage.group.running, { up: 2, of: 2 });
  await stage.until("the news", () => stage.reports.every((report) => report.at(-1) === "update ejected"));
  for (const report of stage.reports)
    t.same(report, ["pause", "pressure 0, yielded 0.8", "version 1", "update ejected"]);
});

t.test("where the system grants no thread for a replacement, it is tried again later", async (t) => {
  let isRefused = false;
  const stage = new Stage(t, 1, {
    thread: (index) => {
      if (isRefused) throw new Error("no thread");
      return new Worker(entry, { workerData: { index } });
    },
  });
  await stage.group.apply({ version: 1 });
  isRefused = true;
  stage.group.update([{ die: "a bug" }]);
  await stage.until("the death", () => stage.deaths.length === 1);
  stage.clock.advance(replaceAfter);
  await stage.until("the refusal", () => stage.deaths.length === 2);
  t.equal(stage.deaths[1], "0: no thread");
  isRefused = false;
  stage.clock.advance(2 * replaceAfter);
  await stage.until("the replacement", () => stage.replaced.length === 1);
  t.same(stage.group.running, { up: 1, of: 1 });
});

t.test("a snapshot that kills a worker is taken back", async (t) => {
  const stage = new Stage(t, 2);
  await stage.group.apply({ version: 1 });
  await stage.group.apply({ version: 2, fatalFor: 1 }).catch(() => {});
  await stage.until("the death", () => stage.deaths.length === 1);
  t.match(stage.deaths[0], /^1: worker thread: version 2 is deadly/);
  stage.clock.advance(replaceAfter);
});

t.test("the load of all workers is added up", async (t) => {
  const stage = new Stage(t, 3);
  await stage.group.apply({ version: 1 });
  t.same(await stage.group.load(), { requests: 1 + 2 + 3, connections: 30 });
});

t.test("a draining group replaces nobody", async (t) => {
  const stage = new Stage(t, 1);
  await stage.group.apply({ version: 1 });
  await stage.group.drain();
  await stage.group.close();
  t.same(stage.deaths, []);
  t.equal(stage.clock.pending, 0);
  t.same(stage.group.running, { up: 0, of: 1 });
});

t.test("a worker that does not come back is told with its stack, ended and replaced", async (t) => {
  const stage = new Stage(t, 2);
  const { clock, group } = stage;
  await group.apply({ version: 1 });
  clock.advance(lookEvery);
  const spins = () => stage.reports[1]?.at(-1) === "spins";
  group.update([{ spin: { index: 1, until: new SharedArrayBuffer(4) } }]);
  await stage.until("the loop", spins);
  // The first look sees the signs of life before the loop.
  for (let look = 0; look < 4; look++) await lookWith(stage);
  t.same(stage.stuck, []);
  t.same(group.silent, [{ index: 1, silence: 1_500 }], "known before it is called stuck");
  t.same(group.running, { up: 2, of: 2 });
  await lookWith(stage);
  t.same(group.running, { up: 1, of: 2 });
  const asked = group.load();
  t.same(await asked, { requests: 1, connections: 10 }, "nobody waits for it");
  t.same(await group.connections(1, { side: null, after: 0, limit: 1 }), []);
  await stage.until("the stack", () => stage.stuck.length === 1);
  const [{ index, silence, stack } = { index: -1, silence: 0, stack: null }] = stage.stuck;
  t.same([index, silence], [1, 2_000]);
  t.match(stack?.[0], /^spinAround \(file:.*fake-plane-thread\.ts:\d+:\d+\)$/);
  await stage.until("the death", () => stage.deaths.length === 1);
  t.equal(stage.deaths[0], "1: worker thread: stuck: it had not come back to its event loop for 2000 ms");
  clock.advance(replaceAfter);
  await stage.until("the replacement", () => stage.replaced.length === 1);
  t.same(group.running, { up: 2, of: 2 });
  t.same(group.silent, []);
  t.same(stage.stuck.length, 1);
});

t.test("a worker that comes back before it is ended stays", async (t) => {
  const until = new SharedArrayBuffer(4);
  const turn = new Int32Array(until);
  const told: number[] = [];
  const stage = new Stage(t, 1, {
    onStuck: (index) => {
      told.push(index);
      Atomics.store(turn, 0, 1);
      while (Atomics.load(turn, 0) !== 2) Atomics.wait(turn, 0, 1, patience);
    },
  });
  await stage.group.apply({ version: 1 });
  stage.group.update([{ spin: { index: 0, until } }]);
  await stage.until("the loop", () => stage.reports[0]?.at(-1) === "spins");
  stage.clock.advance(5 * lookEvery);
  await stage.until("the way back", () => stage.back.length === 1);
  t.same(stage.group.running, { up: 1, of: 1 });
  stage.group.update([{ note: "still here" }]);
  await stage.until("the news", () => stage.reports[0]?.at(-1) === "update still here");
  t.same([told, stage.back, stage.deaths], [[0], [0], []]);
});

t.test("a worker whose heap is written down is not stuck", async (t) => {
  const stage = new Stage(t, 1);
  await stage.group.apply({ version: 1 });
  stage.clock.advance(lookEvery);
  const snapshot = stage.group.heapSnapshot(0);
  stage.clock.advance(100 * lookEvery);
  t.same(stage.group.silent, []);
  for await (const _ of await snapshot);
  t.same(stage.stuck, []);
});

t.test("a heap that is written down for nobody does no harm once its worker has ended", async (t) => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const stage = new Stage(t, 1);
  await stage.group.apply({ version: 1 });
  await stage.group.heapSnapshot(0).then((snapshot) => snapshot.destroy());
  await stage.group.close();
  await setImmediate();
  collect();
  t.pass("this process lives");
});

t.test("closing ends a worker that does not come back", async (t) => {
  const stage = new Stage(t, 1);
  await stage.group.apply({ version: 1 });
  stage.clock.advance(lookEvery);
  stage.group.update([{ spin: { index: 0, until: new SharedArrayBuffer(4) } }]);
  await stage.until("the loop", () => stage.reports[0]?.at(-1) === "spins");
  const closed = stage.group.close();
  for (let look = 0; look < 6; look++) await lookWith(stage);
  await closed;
  t.equal(stage.clock.pending, 0);
});

/** A look of the watchdog, once the first worker, where it goes round, has given a further sign of life. */
async function lookWith(stage: Stage): Promise<void> {
  stage.clock.advance(lookEvery);
  if (stage.group.running.of > 1) await stage.group.connections(0, { side: null, after: 0, limit: 1 });
}
