import t from "tap";
import { RateLimit } from "../../src/admin/rate-limit.ts";

t.test("a burst passes, then as many as come back with time", async (t) => {
  const limit = new RateLimit({ burst: 3, perSecond: 2 }, 1000);
  t.same([limit.take(1000), limit.take(1000), limit.take(1000)], [0, 0, 0]);
  t.equal(limit.take(1000), 500);
  t.equal(limit.take(1400), 100);
  t.equal(limit.take(1500), 0);
  t.equal(limit.take(1500), 500);
});

t.test("what is not used is not saved up beyond the burst", async (t) => {
  const limit = new RateLimit({ burst: 2, perSecond: 1 }, 0);
  t.same([limit.take(1e6), limit.take(1e6), limit.take(1e6)], [0, 0, 1000]);
});
