import fc from "fast-check";
import t from "tap";
import { mergeHotKeys } from "../../src/observe/hot-key-report.ts";
import { HotKeys } from "../../src/observe/hot-keys.ts";

/** Keys as numbers; low ones are frequent. */
const stream = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 5 }),
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 0, max: 100_000 }),
  ),
  { maxLength: 2_000 },
);

function observeAll(sketch: HotKeys, keys: readonly number[]): void {
  for (const key of keys) {
    const line = Buffer.from(`get user:${key}:profile`);
    sketch.observe(line, 4, line.length);
  }
}

function exactCounts(keys: readonly number[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(`user:${key}:profile`, (counts.get(`user:${key}:profile`) ?? 0) + 1);
  return counts;
}

t.test("counts are never too low, and at most N/m too high", async () => {
  const tracked = 24;
  fc.assert(
    fc.property(stream, (keys) => {
      const sketch = new HotKeys(tracked, tracked);
      observeAll(sketch, keys);
      const exact = exactCounts(keys);
      const report = sketch.report();
      const bound = keys.length / tracked;
      const listed = new Set(report.keys.map(({ key }) => key));
      const good = report.keys.every(({ key, count, error }) => {
        const truth = exact.get(key) ?? 0;
        return error <= bound && truth <= count && truth >= count - error;
      });
      const complete = [...exact].every(
        ([key, count]) => listed.has(key) || (count <= report.untracked && count <= bound),
      );
      return good && complete && report.total === keys.length;
    }),
    { numRuns: 60 },
  );
});

t.test("reports of several workers merge to true bounds", async () => {
  fc.assert(
    fc.property(fc.array(stream, { minLength: 1, maxLength: 4 }), (streams) => {
      const reports = streams.map((keys) => {
        const sketch = new HotKeys(8, 24);
        observeAll(sketch, keys);
        return sketch.report();
      });
      const merged = mergeHotKeys(reports, 8);
      const exact = exactCounts(streams.flat());
      const listed = new Set(merged.keys.map(({ key }) => key));
      return (
        merged.keys.length <= 8 &&
        merged.keys.every(({ key, count, error }) => {
          const truth = exact.get(key) ?? 0;
          return truth <= count && truth >= count - error;
        }) &&
        [...exact].every(([key, count]) => listed.has(key) || count <= merged.untracked)
      );
    }),
    { numRuns: 60 },
  );
});

t.test("while there is room, counts are exact, and the hottest come first", async (t) => {
  const sketch = new HotKeys(2);
  observeAll(sketch, [1, 2, 2, 3, 3, 3]);
  t.same(sketch.report(), {
    total: 6,
    untracked: 1,
    keys: [
      { key: "user:3:profile", count: 3, error: 0 },
      { key: "user:2:profile", count: 2, error: 0 },
    ],
  });
});

t.test("keys are bytes: empty, binary and of 250 bytes; longer ones are none", async (t) => {
  const sketch = new HotKeys(10);
  const binary = Buffer.from([0, 255, 128, 10]);
  sketch.observe(binary, 0, 4);
  sketch.observe(binary, 2, 2);
  sketch.observe(Buffer.alloc(250, "k"), 0, 250);
  sketch.observe(Buffer.alloc(251, "k"), 0, 251);
  const { keys, total } = sketch.report();
  t.equal(total, 3);
  t.same(keys.map(({ key }) => key).sort(), ["", binary.toString("latin1"), "k".repeat(250)].sort());
});

t.test("keys that share beginning and end are told apart", async (t) => {
  const sketch = new HotKeys(1_000);
  const keys = Array.from({ length: 1_000 }, (_, i) => i);
  observeAll(sketch, [...keys, ...keys]);
  t.equal(sketch.report().keys.length, 1_000);
  t.ok(sketch.report().keys.every(({ count, error }) => count === 2 && error === 0));
});

t.test("after clear only what came later counts", async (t) => {
  const sketch = new HotKeys(2, 2);
  observeAll(sketch, [1, 1, 2, 3, 4]);
  sketch.clear();
  t.same(sketch.report(), { total: 0, untracked: 0, keys: [] });
  observeAll(sketch, [9, 9, 8]);
  t.same(sketch.report().keys, [
    { key: "user:9:profile", count: 2, error: 0 },
    { key: "user:8:profile", count: 1, error: 0 },
  ]);
});
