import t from "tap";
import { systemClock } from "../../src/core/clock.ts";
import { FakeClock } from "../support/fake-clock.ts";

t.test("the system clock fires its timers, and not those cancelled", async (t) => {
  await new Promise<void>((resolve) => {
    const cancel = systemClock.after(0, () => t.fail("was cancelled"));
    cancel();
    cancel();
    systemClock.after(1, resolve);
  });
});

t.test("a delay beyond what setTimeout takes is not taken for no delay", async (t) => {
  let warned = false;
  const onWarning = (): void => {
    warned = true;
  };
  process.on("warning", onWarning);
  const cancel = systemClock.after(2 ** 40, () => t.fail("fired at once"));
  await new Promise(setImmediate);
  process.off("warning", onWarning);
  cancel();
  t.notOk(warned);
});

t.test("the fake clock fires in order of time, and at that time", async (t) => {
  const clock = new FakeClock(0);
  const fired: [string, number][] = [];
  clock.after(20, () => fired.push(["late", clock.now()]));
  clock.after(10, () => {
    fired.push(["early", clock.now()]);
    clock.after(5, () => fired.push(["nested", clock.now()]));
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
