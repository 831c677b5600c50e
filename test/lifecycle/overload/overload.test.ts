import t, { type Test } from "tap";
import type { CgroupReading } from "../../../src/lifecycle/overload/cgroup.ts";
import { type MemoryWarning, Overload } from "../../../src/lifecycle/overload/overload.ts";
import type { OverloadOptions } from "../../../src/lifecycle/overload/overload-options.ts";
import { overloadSignal, sheddingLevel } from "../../../src/observe/metric-labels.ts";
import { OVERLOAD } from "../../../src/observe/metric-layout.ts";
import { MetricRegistry } from "../../../src/observe/metric-registry.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { settle } from "../../support/fake-draining.ts";

const options: OverloadOptions = {
  event_loop_delay: { low: 200, normal: 1_000 },
  cpu_pressure: { low: 50, normal: null },
  memory_pressure: { low: 20, normal: 60 },
  memory: { low: 90, normal: 97 },
  memory_warnings: [80, 95],
  calm: 5_000,
  cgroup: "/c",
};

function start(t: Test) {
  const clock = new FakeClock();
  const metrics = new MetricRegistry();
  const told: (number | string)[] = [];
  const logged: Record<string, unknown>[] = [];
  const warned: MemoryWarning[] = [];
  const folders: (string | null)[] = [];
  const world = {
    settings: options as OverloadOptions | null,
    lag: 0,
    cgroup: { cpuPressure: 0, memoryPressure: 0, memory: null } as CgroupReading,
  };
  const overload = new Overload({
    plane: {
      setPressure: (pressure, yielded) =>
        told.push(yielded === 0 ? pressure : `${pressure}, yielded ${yielded}`),
    },
    clock,
    metrics,
    log: (level, fields, message) => logged.push({ level, message, ...fields }),
    settings: () => world.settings,
    cgroup: async (folder) => {
      folders.push(folder);
      return world.cgroup;
    },
    lag: () => world.lag,
    warn: (warning) => warned.push(warning),
  });
  const stop = overload.watch();
  t.teardown(stop);
  /** Lets so many seconds pass. */
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      clock.advance(1_000);
      await settle();
    }
  };
  const block = metrics.block("overload", "");
  return { clock, overload, world, told, logged, warned, folders, pass, block };
}

t.test(
  "what is under pressure has the lowest priority refused, and served again after the calm",
  async (t) => {
    const { overload, world, told, logged, pass, block, folders, clock } = start(t);
    await pass(2);
    t.same(told, []);
    t.match(overload.state, { level: "none", reason: "", since: null, pressure: 0 });
    t.equal(block[OVERLOAD.shedding + sheddingLevel.none], 1);

    world.lag = 250;
    await pass(1);
    t.same(told, [0.75]);
    t.match(overload.state, {
      level: "low",
      reason: "the delay of an event loop is 250 ms",
      since: clock.wall(),
      signals: [{ signal: "event_loop_delay", reading: 250 }, {}, {}, {}],
    });
    t.equal(block[OVERLOAD.shedding + sheddingLevel.low], 1);
    t.equal(block[OVERLOAD.shedding + sheddingLevel.none], 0);
    t.ok(block[OVERLOAD.signalPressure + overloadSignal.event_loop_delay]! > 0.75);

    world.cgroup = { ...world.cgroup, memoryPressure: 61 };
    await pass(1);
    t.same(told, [0.75, 0.9]);

    world.lag = 0;
    world.cgroup = { ...world.cgroup, memoryPressure: 1 };
    await pass(5);
    t.same(told, [0.75, 0.9]);
    await pass(6);
    t.same(told, [0.75, 0.9, 0.75]);
    await pass(6);
    t.same(told, [0.75, 0.9, 0.75, 0]);
    t.equal(block[OVERLOAD.changes + sheddingLevel.low], 2);
    t.match(logged, [
      {
        level: "warn",
        reason: "the delay of an event loop is 250 ms",
        message: "requests are refused by their priority",
      },
      { level: "warn", reason: "the memory pressure is 61 %" },
      {
        level: "info",
        reason: "the memory pressure is 1 %",
        message: "fewer requests are refused by their priority",
      },
      { level: "info" },
    ]);
    t.same(new Set(folders), new Set(["/c"]));
  },
);

t.test(
  "a manager has requests refused for a time, until it takes that back, or until it is over",
  async (t) => {
    const { overload, told, logged, pass, block, clock } = start(t);
    overload.yield("normal", 30_000, "batch");
    t.same(told, ["0, yielded 0.9"]);
    t.match(overload.state, { level: "normal", reason: "batch", yielding: { until: clock.wall() + 30_000 } });
    overload.yield("low", 10_000, "batch");
    t.same(told, ["0, yielded 0.9", "0, yielded 0.75"]);
    await pass(9);
    t.equal(told.length, 2);
    await pass(1);
    t.same(told.slice(2), [0]);
    t.match(overload.state, { level: "none", reason: "the time to yield is over", yielding: null });
    t.notOk(overload.endYield("again"));
    overload.yield("low", 10_000, "batch");
    t.ok(overload.endYield("done"));
    t.same(told.slice(3), ["0, yielded 0.75", 0]);
    t.equal(block[OVERLOAD.yields], 3);
    t.match(logged.at(-1), { level: "info", reason: "done" });
  },
);

t.test("the end of a yield does not end what overload asks for", async (t) => {
  const { overload, told, world, pass } = start(t);
  overload.yield("low", 5_000, "batch");
  world.cgroup = { ...world.cgroup, cpuPressure: 99 };
  await pass(10);
  t.same(told, ["0, yielded 0.75", "0.75, yielded 0.75", 0.75]);
  t.match(overload.state, { level: "low", yielding: null });
});

t.test("switched off, nothing is looked at and nothing refused; a yield still works", async (t) => {
  const { overload, world, told, folders, pass } = start(t);
  world.lag = 10_000;
  await pass(1);
  world.settings = null;
  await pass(1);
  t.same(told, [0.9, 0]);
  t.match(overload.state, { level: "none", pressure: 0, signals: [] });
  const looked = folders.length;
  await pass(5);
  t.equal(folders.length, looked);
  overload.yield("low", 1_500, "batch");
  await pass(1);
  t.same(told, [0.9, 0, "0, yielded 0.75"]);
});

t.test("memory warns before it refuses", async (t) => {
  const { world, told, warned, logged, pass, block } = start(t);
  world.cgroup = { ...world.cgroup, memory: { used: 850, limit: 1_000 } };
  await pass(3);
  t.same(warned, [
    { threshold: 80, used: 850, limit: 1_000, reason: "memory in use is at 85 % of its limit" },
  ]);
  t.same(told, []);
  world.cgroup = { ...world.cgroup, memory: { used: 980, limit: 1_000 } };
  await pass(1);
  t.equal(warned.at(-1)?.threshold, 95);
  t.same(told, [0.9]);
  t.equal(block[OVERLOAD.memoryWarnings], 2);
  t.equal(block[OVERLOAD.memoryUsedBytes], 980);
  t.match(logged[0], { level: "warn", threshold_percent: 80, message: "memory nears its limit" });
});
