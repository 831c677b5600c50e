import t from "tap";
import { systemClock } from "../../src/core/clock.ts";
import { FakeClock } from "../support/fake-clock.ts";

t.test("the system clock fires its timers, and not those cleared", async (t) => {
  await new Promise<void>((resolve) => {
    const cleared = systemClock.setTimer(0, () => t.fail("was cleared"));
    systemClock.clearTimer(cleared);
    systemClock.setTimer(1, resolve);
  });
  systemClock.clearTimer(systemClock.setTimer(0, () => {}));
});

t.test("a delay beyond what setTimeout takes is not taken for no delay", async (t) => {
  let warned = false;
  const onWarning = (): void => {
    warned = true;
  };
  process.on("warning", onWarning);
  const timer = systemClock.setTimer(2 ** 40, () => t.fail("fired at once"));
  await new Promise(setImmediate);
  process.off("warning", onWarning);
  systemClock.clearTimer(timer);
  t.notOk(warned);
});

t.test("the fake clock fires in order of time, and at that time", async (t) => {
  const clock = new FakeClock(0);
  const fired: [string, number][] = [];
  clock.setTimer(20, () => fired.push(["late", clock.now()]));
  clock.setTimer(10, () => {
    fired.push(["early", clock.now()]);
    clock.setTimer(5, () => fired.push(["nested", clock.now()]));
  });
  const wall = clock.wall();
  clock.advance(20);
  t.same(fired, [
    ["early", 10],
    ["nested", 15],
    ["late", 20],
  ]);
  t.equal(clock.wall() - wall, 20);
  t.equal(clock.pending, 0);
});
