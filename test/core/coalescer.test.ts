import t, { type Test } from "tap";
import { Coalescer } from "../../src/core/coalescer.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { turns } from "../support/until.ts";

function setUp(t: Test) {
  const clock = new FakeClock();
  const runs: PromiseWithResolvers<void>[] = [];
  const failures: string[] = [];
  const coalescer = new Coalescer({
    clock,
    delay: 100,
    firstRetry: 1_000,
    longestRetry: 3_000,
    run: () => {
      const run = Promise.withResolvers<void>();
      runs.push(run);
      return run.promise;
    },
    onFailure: (error) => failures.push((error as Error).message),
  });
  t.teardown(async () => {
    for (const run of runs) run.resolve();
    await coalescer.close();
    if (clock.pending > 0) throw new Error("a timer is left");
  });
  return { clock, runs, failures, coalescer };
}

t.test("what is asked for within the delay is one run", async (t) => {
  const { clock, runs, coalescer } = setUp(t);
  coalescer.ask();
  clock.advance(60);
  coalescer.ask();
  clock.advance(39);
  t.equal(runs.length, 0);
  clock.advance(1);
  t.equal(runs.length, 1);
  runs[0]!.resolve();
  await turns();
  clock.advance(10_000);
  t.equal(runs.length, 1, "and no more are made than were asked for");
});

t.test("what is asked for during a run waits for its end, and is one more", async (t) => {
  const { clock, runs, coalescer } = setUp(t);
  coalescer.ask();
  clock.advance(100);
  coalescer.ask();
  coalescer.ask();
  clock.advance(10_000);
  t.equal(runs.length, 1);
  runs[0]!.resolve();
  await turns();
  clock.advance(100);
  t.equal(runs.length, 2);
});

t.test("a run that fails is tried again with growing pauses, or at once when asked", async (t) => {
  const { clock, runs, failures, coalescer } = setUp(t);
  coalescer.ask();
  clock.advance(100);
  runs[0]!.reject(new Error("one"));
  await turns();
  t.same(failures, ["one"]);
  clock.advance(799);
  t.equal(runs.length, 1);
  clock.advance(201);
  t.equal(runs.length, 2);
  runs[1]!.reject(new Error("two"));
  await turns();
  clock.advance(1_000);
  t.equal(runs.length, 2, "the pause has grown");
  coalescer.ask();
  clock.advance(100);
  t.equal(runs.length, 3, "but something new is not kept waiting");
  runs[2]!.resolve();
  await turns();
  clock.advance(10_000);
  t.equal(runs.length, 3);
});

t.test("closed, it waits for what is running and runs nothing more", async (t) => {
  const { clock, runs, coalescer } = setUp(t);
  coalescer.ask();
  clock.advance(100);
  coalescer.ask();
  let closed = false;
  const closing = coalescer.close().then(() => {
    closed = true;
  });
  await turns();
  t.equal(closed, false);
  runs[0]!.resolve();
  await closing;
  coalescer.ask();
  clock.advance(10_000);
  t.equal(runs.length, 1);
});
