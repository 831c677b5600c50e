// Is jump the paper's function, and does an ejected server disturb nobody else's keys?
import fc from "fast-check";
import t from "tap";
import { jump } from "../../src/ring/jump.ts";
import { createRing } from "../../src/ring/ring.ts";
import { equalServers } from "../support/ring-servers.ts";

/** The function as it is printed in the paper. */
function slowJump(seed: bigint, buckets: number): number {
  let key = seed;
  let bucket = -1;
  let next = 0;
  while (next < buckets) {
    bucket = next;
    key = BigInt.asUintN(64, key * 2862933555777941757n + 1n);
    next = Math.floor((bucket + 1) * (2 ** 31 / (Number(key >> 33n) + 1)));
  }
  return bucket;
}

t.test("halves agree with 64 bits", async (t) => {
  const word = fc.oneof(
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1),
  );
  fc.assert(
    fc.property(word, word, fc.integer({ min: 1, max: 3000 }), (low, high, buckets) => {
      return jump(low, high, buckets) === slowJump((BigInt(high) << 32n) | BigInt(low), buckets);
    }),
    { numRuns: 20_000 },
  );
  t.pass("agrees");
});

t.test("a server added at the end takes its share and moves nothing else", async (t) => {
  let taken = 0;
  let strayed = 0;
  for (let i = 0; i < 5000; i++) {
    const low = Math.imul(i, 0x9e3779b1) >>> 0;
    const after = jump(low, i, 8);
    if (after === 7) taken++;
    else if (after !== jump(low, i, 7)) strayed++;
  }
  t.equal(strayed, 0);
  t.ok(Math.abs(taken - 625) < 100, `${taken} of 5000`);
});

t.test("the keys of ejected servers spread over the others, whose own keys stay", async (t) => {
  const options = { distribution: "jump", hash: "xxh3" } as const;
  const servers = equalServers(5);
  const whole = createRing(options, servers);
  const without = createRing(options, servers, [true, false, true, true, false]);
  const taken = [0, 0, 0, 0, 0];
  let moved = 0;
  for (let i = 0; i < 10_000; i++) {
    const key = Buffer.from(`key${i}`);
    const before = whole.locate(key, 0, key.length);
    const after = without.locate(key, 0, key.length);
    if (before !== 1 && before !== 4) moved += before === after ? 0 : 1;
    else taken[after]!++;
  }
  t.equal(moved, 0);
  t.same([taken[1], taken[4]], [0, 0]);
  for (const live of [0, 2, 3]) t.ok(taken[live]! > 1000, `server ${live} took ${taken[live]} of about 1333`);
});
