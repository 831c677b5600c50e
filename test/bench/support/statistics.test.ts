import t from "tap";
import { median, pairedRatio, spread } from "../../../bench/support/statistics.ts";

t.test("median", async (t) => {
  t.equal(median([3, 1, 2]), 2);
  t.equal(median([4, 1, 2, 3]), 2.5);
  t.ok(Number.isNaN(median([])));
});

t.test("spread", async (t) => {
  t.same(spread([5, 1, 3]), { median: 3, min: 1, max: 5 });
});

t.test("a slow spell that touches both sides of a pair does not change the ratio", async (t) => {
  t.equal(pairedRatio([8, 80, 8], [10, 100, 10]), 0.8);
  t.equal(pairedRatio([1, 2, 3], [2]), 0.5);
});
