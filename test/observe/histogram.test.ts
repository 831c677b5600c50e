import fc from "fast-check";
import t from "tap";
import {
  addHistogram,
  cumulativeCounts,
  histogramCount,
  histogramLength,
  histogramSum,
  maxMicros,
  quantile,
  record,
} from "../../src/observe/histogram.ts";

const durations = fc.array(
  fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: maxMicros })),
  {
    minLength: 1,
    maxLength: 300,
  },
);

function filled(values: readonly number[], offset = 0): Float64Array {
  const block = new Float64Array(offset + histogramLength + 1);
  for (const value of values) record(block, offset, value);
  return block;
}

t.test("a quantile is within 6.25 % (or 1 µs) of the sorted array's", async () => {
  fc.assert(
    fc.property(durations, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
      const sorted = values.toSorted((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1]!;
      const error = Math.abs(quantile(filled(values), 0, q) - exact);
      return error <= Math.max(1, exact * 0.0625);
    }),
  );
});

t.test("durations of 1 to 16 µs are exact", async (t) => {
  for (let micros = 1; micros <= 16; micros++) t.equal(quantile(filled([micros]), 0, 0.5), micros);
});

t.test("cumulative counts are those of `le`, bounds included", async () => {
  const bits = [3, 5, 10, 26];
  const value = fc.oneof(durations, fc.constantFrom([8, 9, 32, 33, 1024, 1025, maxMicros, maxMicros + 1]));
  fc.assert(
    fc.property(value, (values) => {
      const expected = bits.map((bit) => values.filter((v) => v <= 2 ** bit).length);
      const counts = cumulativeCounts(filled(values, 7), 7, bits);
      return JSON.stringify(counts) === JSON.stringify([...expected, values.length]);
    }),
  );
});

t.test("count and sum are kept", async (t) => {
  const block = filled([3, 5, 1000], 2);
  t.equal(histogramCount(block, 2), 3);
  t.equal(histogramSum(block, 2), 1008);
});

t.test("what is too long, negative or not a number stays inside the region", async (t) => {
  const block = filled([maxMicros + 1, 1e12, -5, Number.NaN], 1);
  t.same(cumulativeCounts(block, 1, [26]), [2, 4]);
  t.equal(quantile(block, 1, 1), maxMicros);
  t.equal(block[0], 0);
  t.equal(block.at(-1), 0);
});

t.test("an empty histogram has no quantile", async (t) => {
  t.ok(Number.isNaN(quantile(new Float64Array(histogramLength), 0, 0.5)));
});

t.test("adding histograms is recording everything in one", async () => {
  fc.assert(
    fc.property(durations, durations, (a, b) => {
      const sum = filled(a);
      addHistogram(sum, 0, filled(b, 3), 3);
      return sum.every((slot, i) => slot === filled([...a, ...b])[i]);
    }),
    { numRuns: 30 },
  );
});
