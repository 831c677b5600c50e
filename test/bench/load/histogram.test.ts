import fc from "fast-check";
import t from "tap";
import { Histogram } from "../../../bench/load/histogram.ts";

t.test("small values are exact", async (t) => {
  const histogram = new Histogram();
  for (let value = 1; value <= 100; value++) histogram.record(value);
  t.equal(histogram.count, 100);
  t.equal(histogram.quantile(0.5), 50);
  t.equal(histogram.quantile(0.99), 99);
  t.equal(histogram.quantile(1), 100);
  t.equal(histogram.max, 100);
});

t.test("a quantile is within 1.6 % of the sorted values", async () => {
  const values = fc.array(fc.integer({ min: 0, max: 2 ** 30 - 1 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (recorded, share) => {
      const histogram = new Histogram();
      for (const value of recorded) histogram.record(value);
      const sorted = recorded.toSorted((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1]!;
      return Math.abs(histogram.quantile(share) - exact) <= exact / 64;
    }),
  );
});

t.test("a value counts as often as it is said to, and out-of-range values count at the ends", async (t) => {
  const histogram = new Histogram();
  histogram.record(7, 99);
  histogram.record(-1);
  histogram.record(2 ** 40);
  t.equal(histogram.count, 101);
  t.equal(histogram.quantile(0.9), 7);
  t.equal(histogram.quantile(0), 0);
  t.equal(histogram.max, 2 ** 30 - 1);
  histogram.clear();
  t.equal(histogram.count, 0);
  t.equal(histogram.quantile(0.5), 0);
});
