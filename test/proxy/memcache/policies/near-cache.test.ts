/** Does the near cache keep its bounds, and never give what it should not? */
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { POOL, privateBlock } from "../../../../src/observe/metric-layout.ts";
import { entryOverhead, NearCache } from "../../../../src/proxy/memcache/policies/near-cache.ts";

function create(size: number, ttl = 1_000, max_value = 1_000) {
  const block = privateBlock("pool");
  return { block, cache: new NearCache({ size, ttl, max_value }, block) };
}

const room = (entries: number) => entries * (entryOverhead + 2 + 10);
const tenBytes = "0123456789";

t.test("an entry is served until its time is up, by the turn's clock", async (t) => {
  const { cache, block } = create(room(3));
  cache.put("k1", tenBytes, 1, 5_000);
  t.equal(cache.get("k1", 5_999), tenBytes);
  t.equal(cache.get("k1", 6_000), undefined);
  t.equal(block[POOL.nearCacheEntries], 0, "and is gone then");
  t.equal(block[POOL.nearCacheBytes], 0);
  t.equal(block[POOL.nearCacheHits], 1);
  t.equal(block[POOL.nearCacheMisses], 1);
});

t.test("what is asked for survives keys that are asked for once", async (t) => {
  const { cache, block } = create(room(3));
  cache.put("k1", tenBytes, 1, 0);
  for (const key of ["k2", "k3", "k4", "k5", "k6", "k7"]) {
    t.equal(cache.get("k1", 0), tenBytes);
    cache.put(key, tenBytes, 1, 0);
  }
  t.equal(cache.get("k1", 0), tenBytes);
  t.equal(block[POOL.nearCacheEntries], 3);
  t.equal(block[POOL.nearCacheEvictions], 4);
});

t.test("a value larger than max_value, and an entry larger than the cache, are not kept", async (t) => {
  const { cache, block } = create(room(3), 1_000, 10);
  cache.put("k1", tenBytes, 10, 0);
  t.equal(cache.get("k1", 0), tenBytes);
  cache.put("k1", tenBytes, 11, 0);
  t.equal(cache.get("k1", 0), undefined, "nor is the value before it");
  cache.put("k1", "x".repeat(room(3)), 1, 0);
  t.equal(block[POOL.nearCacheEntries], 0);
  t.equal(block[POOL.nearCacheEvictions], 0);
});

t.test("any sequence: within its bytes, and either the last value or nothing", async () => {
  const key = fc.constantFrom("a", "b", "c", "d", "e", "f");
  const step = fc.oneof(
    fc.record({ do: fc.constant("put" as const), key, length: fc.nat({ max: 200 }) }),
    fc.record({ do: fc.constant("get" as const), key }),
    fc.record({ do: fc.constant("delete" as const), key }),
    fc.record({ do: fc.constant("wait" as const), ms: fc.nat({ max: 400 }) }),
    fc.record({ do: fc.constant("clear" as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), fc.integer({ min: 1, max: 1_000 }), (steps, size) => {
      const { cache, block } = create(size, 1_000, 150);
      const model = new Map<string, { value: string; until: number }>();
      let now = 0;
      for (const [index, step] of steps.entries()) {
        if (step.do === "wait") now += step.ms;
        else if (step.do === "clear") {
          cache.clear();
          model.clear();
        } else if (step.do === "delete") {
          cache.delete(step.key);
          model.delete(step.key);
        } else if (step.do === "put") {
          const value = `${index}:`.padEnd(step.length, "x");
          cache.put(step.key, value, step.length, now);
          model.delete(step.key);
          if (step.length <= 150) model.set(step.key, { value, until: now + 1_000 });
        } else {
          const found = cache.get(step.key, now);
          const known = model.get(step.key);
          if (found !== undefined) assert.ok(known?.value === found && now < known.until);
        }
        assert.ok(block[POOL.nearCacheBytes]! <= size);
        assert.ok(block[POOL.nearCacheBytes]! >= block[POOL.nearCacheEntries]! * entryOverhead);
      }
      cache.clear();
      assert.equal(block[POOL.nearCacheBytes], 0);
    }),
  );
});
