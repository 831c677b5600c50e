// Is a thread called stuck when it does not come back, and only then?
import t from "tap";
import { beat, Pulse } from "../../src/workers/pulse.ts";
import { lookEvery, Watchdog, type Watched } from "../../src/workers/watchdog.ts";
import { FakeClock } from "../support/fake-clock.ts";

const timeout = 4 * lookEvery;

/** A watchdog over `count` threads, whose event loops come round when told to. */
function setUp(count = 1) {
  const clock = new FakeClock();
  const threads = Array.from({ length: count }, () => {
    const pulse = new Pulse();
    return { pulse, isHeld: false, round: beat(pulse.memory) };
  });
  const stuck: (readonly [index: number, silence: number])[] = [];
  const state = { timeout, debugged: false };
  const dog = new Watchdog<Watched>({
    clock,
    timeout: () => state.timeout,
    isDebugged: () => state.debugged,
    threads: () => threads,
    onStuck: (thread, silence) => stuck.push([threads.indexOf(thread as never), silence]),
  });
  const looks = (times: number, ...rounds: readonly number[]) => {
    for (let i = 0; i < times; i++) {
      for (const index of rounds) threads[index]!.round();
      clock.advance(lookEvery);
    }
  };
  return { clock, threads, stuck, state, dog, looks };
}

t.test(
  "a thread that is silent for the timeout is stuck, once, and again after it has come back",
  async (t) => {
    const { stuck, looks, threads } = setUp(2);
    looks(10, 0, 1);
    looks(3, 0);
    t.same(stuck, []);
    t.equal(threads[1]!.pulse.silence, 3 * lookEvery);
    looks(20, 0);
    t.same(stuck, [[1, timeout]]);
    looks(1, 0, 1);
    t.equal(threads[1]!.pulse.silence, 0);
    looks(4, 0);
    t.same(stuck, [
      [1, timeout],
      [1, timeout],
    ]);
  },
);

t.test("one that comes round between any two looks is not", async (t) => {
  const { stuck, looks } = setUp();
  for (let i = 0; i < 20; i++) {
    looks(3);
    looks(1, 0);
  }
  t.same(stuck, []);
});

t.test("one that is still loading is not", async (t) => {
  const { stuck, looks } = setUp();
  looks(100);
  t.same(stuck, []);
});

t.test("time in which the machine stood still does not count", async (t) => {
  const { stuck, looks, clock, threads } = setUp();
  looks(1, 0);
  for (let i = 0; i < 20; i++) {
    // The main thread stood still, too: its own look comes late.
    clock.stall(60_000);
  }
  t.same(stuck, []);
  t.equal(threads[0]!.pulse.silence, 0);
  looks(4);
  t.same(stuck, [[0, timeout]], "but it goes on to be watched");
});

t.test("one that is made to stand still is not", async (t) => {
  const { stuck, looks, threads } = setUp();
  looks(1, 0);
  threads[0]!.isHeld = true;
  looks(100);
  t.same(stuck, []);
  threads[0]!.isHeld = false;
  looks(4);
  t.same(stuck, [[0, timeout]]);
});

t.test("under a debugger none is", async (t) => {
  const { stuck, looks, state } = setUp();
  looks(1, 0);
  state.debugged = true;
  looks(100);
  t.same(stuck, []);
  state.debugged = false;
  looks(4);
  t.same(stuck, [[0, timeout]]);
});

t.test("a timeout of 0 is none, and another one counts from the next look on", async (t) => {
  const { stuck, looks, state } = setUp();
  looks(1, 0);
  state.timeout = 0;
  looks(100);
  t.same(stuck, []);
  state.timeout = 2 * lookEvery;
  looks(2);
  t.same(stuck, [[0, 2 * lookEvery]]);
});

t.test("closed, it looks no more", async (t) => {
  const { clock, dog } = setUp();
  dog.close();
  t.equal(clock.pending, 0);
});
