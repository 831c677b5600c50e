import fc from "fast-check";
import t from "tap";
import { assess, explain, pressureOf, type Readings } from "../../../src/lifecycle/overload/assessment.ts";
import { signals, type Thresholds } from "../../../src/lifecycle/overload/overload-options.ts";

t.test("the thresholds are where the workers refuse low and normal priority", (t) => {
  const both = { low: 20, normal: 60 };
  for (const [reading, thresholds, pressure] of [
    [0, both, 0],
    [-1, both, 0],
    [10, both, 0.375],
    [20, both, 0.75],
    [40, both, 0.825],
    [60, both, 0.9],
    [1000, both, 0.9],
    [19, { low: 20, normal: null }, 0.7125],
    [1000, { low: 20, normal: null }, 0.75],
  ] as const) {
    t.equal(Number(pressureOf(reading, thresholds).toFixed(6)), pressure, `${reading}`);
  }
  t.end();
});

const thresholds = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 99 }))
    .map(([low, more]): Thresholds => ({ low, normal: low + more })),
  fc.integer({ min: 1, max: 99 }).map((low): Thresholds => ({ low, normal: null })),
);
const reading = fc.double({ min: 0, max: 1e6, noNaN: true });

t.test("more is never less pressure, never all of it, and refuses exactly from the threshold on", (t) => {
  fc.assert(
    fc.property(thresholds, reading, reading, (thresholds, a, b) => {
      const [less, more] = [Math.min(a, b), Math.max(a, b)].map((each) => pressureOf(each, thresholds));
      const { low, normal } = thresholds;
      return (
        less! <= more! &&
        more! <= 0.9 &&
        a >= low === pressureOf(a, thresholds) >= 0.75 &&
        (normal !== null && a >= normal) === pressureOf(a, thresholds) >= 0.9
      );
    }),
  );
  t.end();
});

const none: Readings = { event_loop_delay: null, cpu_pressure: null, memory_pressure: null, memory: null };
const off = { event_loop_delay: null, cpu_pressure: null, memory_pressure: null, memory: null };

t.test("the worst signal decides; one that is unknown or has no thresholds says nothing", (t) => {
  const percent = { low: 50, normal: 80 };
  const all = { event_loop_delay: percent, cpu_pressure: null, memory_pressure: percent, memory: percent };
  const found = assess({ event_loop_delay: 25, cpu_pressure: 100, memory_pressure: 50, memory: null }, all);
  t.equal(found.pressure, 0.75);
  t.equal(found.cause?.signal, "memory_pressure");
  t.equal(explain(found), "the memory pressure is 50 %");
  t.same(
    found.signals.map(({ signal }) => signal),
    signals,
  );
  for (const [readings, thresholds] of [
    [none, all],
    [{ ...none, memory: 100 }, off],
  ] as const) {
    t.match(assess(readings, thresholds), { pressure: 0, cause: null });
  }
  t.equal(explain(assess(none, all)), "nothing is under pressure");
  t.end();
});
