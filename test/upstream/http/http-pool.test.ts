/** Which server a request goes to while servers are ejected, come back, warm up, or are many out at once. */
import t from "tap";
import { distributionTable } from "../../../src/ring/distribution-table.ts";
import { distributions } from "../../../src/ring/ring-options.ts";
import { countPlaces, PickingPool } from "../../support/picking-pool.ts";

// Keys that differ at their beginning are spread well by every hash.
const keys = Array.from({ length: 5_000 }, (_, i) => `${(i * 2_654_435_761) % 1_000_003}-key`);

const keyed = distributions.filter((distribution) => distribution !== "random");
const weighted = distributions.filter((distribution) => distributionTable[distribution].weights === "used");

const placesOf = (pool: PickingPool): number[] => keys.map((key) => pool.pick(key));

/** Shares of `places` that are each server, in percent. */
const sharesOf = (places: readonly number[], servers: number): number[] =>
  countPlaces(places, servers).map((count) => (100 * count) / places.length);

for (const distribution of weighted) {
  t.test(`${distribution}: a share of the keys by weight, and of the turns exactly`, async (t) => {
    const pool = new PickingPool({ weights: [1, 2, 5], distribution });
    const shares = sharesOf(placesOf(pool), 3);
    for (const [i, due] of [12.5, 25, 62.5].entries()) {
      t.ok(Math.abs(shares[i]! - due) < 0.25 * due, `s${i} has ${shares[i]} %, and should have ${due} %`);
    }
    const turns = Array.from({ length: 80 }, () => pool.pick(null));
    t.same(countPlaces(turns, 3), [10, 20, 50]);
  });
}

t.test("without a key and with equal weights each has its turn, whatever the distribution", async (t) => {
  for (const distribution of distributions) {
    const pool = new PickingPool({ weights: [1, 1, 1], distribution });
    for (let round = 0; round < 10; round++) {
      t.same([pool.pick(null), pool.pick(null), pool.pick(null)].sort(), [0, 1, 2], distribution);
    }
  }
});

for (const distribution of keyed) {
  t.test(`${distribution}: rehash gives an ejected server's keys to others, and back`, async (t) => {
    const pool = new PickingPool({ weights: [1, 1, 1, 1], distribution });
    const before = placesOf(pool);
    pool.eject(2);
    const without = placesOf(pool);
    t.notOk(without.includes(2));
    const takers = new Set(without.filter((_, i) => before[i] === 2));
    t.same([...takers].sort(), [0, 1, 3]);
    pool.readmit(2);
    t.same(placesOf(pool), before);
  });

  t.test(`${distribution}: fail_fast moves no key`, async (t) => {
    const pool = new PickingPool({ weights: [1, 1, 1, 1], distribution, on_eject: "fail_fast" });
    const before = placesOf(pool);
    pool.eject(2);
    t.same(placesOf(pool), before);
    t.equal(pool.pool.servers[2]!.refusal(pool.pool.panic), "ejected");
  });
}

t.test("turns leave an ejected server out, even where keys do not", async (t) => {
  for (const on_eject of ["rehash", "fail_fast"] as const) {
    const pool = new PickingPool({ weights: [1, 1, 1], on_eject });
    pool.eject(1);
    const turns = Array.from({ length: 30 }, () => pool.pick(null));
    t.same(countPlaces(turns, 3), [15, 0, 15], on_eject);
    // The only other one has failed: it is asked again rather than the one that is out.
    pool.eject(2);
    t.equal(pool.pick(null, 0), 0, on_eject);
    pool.readmit(1);
    t.same(
      countPlaces(
        Array.from({ length: 30 }, () => pool.pick(null)),
        3,
      ),
      [15, 15, 0],
    );
  }
});

t.test("another attempt goes to another server: for a key always to the same", async (t) => {
  const pool = new PickingPool({ weights: [1, 1, 1] });
  for (const key of keys.slice(0, 200)) {
    const home = pool.pick(key);
    const other = pool.pick(key, home);
    if (other === home || pool.pick(key, home) !== other) t.fail(`${key}: s${home}, then s${other}`);
    // A key whose last attempt failed elsewhere goes home.
    if (pool.pick(key, other) !== home) t.fail(`${key} does not go home`);
  }
  const alone = new PickingPool({ weights: [1] });
  t.equal(alone.pick("k", 0), 0, "unless there is no other");
  t.equal(alone.pick(null, 0), 0);
});

t.test("panic: with fewer in service than that, all are used, and keys are where they were", async (t) => {
  for (const on_eject of ["rehash", "fail_fast"] as const) {
    const pool = new PickingPool({ weights: [1, 1, 1, 1], http: { panic: 50 }, on_eject });
    const before = placesOf(pool);
    pool.eject(0);
    pool.eject(1);
    t.notOk(pool.pool.panic, "half of them are not fewer than half");
    pool.eject(2);
    t.ok(pool.pool.panic);
    t.same(placesOf(pool), before);
    t.same(
      countPlaces(
        Array.from({ length: 40 }, () => pool.pick(null)),
        4,
      ),
      [10, 10, 10, 10],
    );
    for (const server of pool.pool.servers) t.equal(server.refusal(true), null, `${server.id} serves`);
    pool.readmit(1);
    t.notOk(pool.pool.panic);
    t.same(
      countPlaces(
        Array.from({ length: 40 }, () => pool.pick(null)),
        4,
      ),
      [0, 20, 0, 20],
    );
    if (on_eject === "rehash") t.same([...new Set(placesOf(pool))].sort(), [1, 3]);
  }
});

t.test("panic at 100 begins with the first that is out, at 0 never", async (t) => {
  const always = new PickingPool({ weights: [1, 1, 1], http: { panic: 100 } });
  t.notOk(always.pool.panic);
  always.eject(0);
  t.ok(always.pool.panic);
  const never = new PickingPool({ weights: [1, 1, 1] });
  for (const index of [0, 1, 2]) never.eject(index);
  t.notOk(never.pool.panic);
  t.equal(never.pick("k"), -1);
  t.equal(never.pick(null), -1);
});

t.test("slow start: while all servers are new, each has all of its share", async (t) => {
  const pool = new PickingPool({ weights: [1, 1], http: { slow_start: 10_000 } });
  const calm = placesOf(new PickingPool({ weights: [1, 1] }));
  t.same(placesOf(pool), calm);
  pool.advance(5_000);
  t.same(placesOf(pool), calm);
});

for (const distribution of keyed) {
  t.test(`${distribution}: who is back gets its keys little by little, each only once`, async (t) => {
    const pool = new PickingPool({ weights: [1, 1, 1], distribution, http: { slow_start: 10_000 } });
    pool.advance(60_000);
    const before = placesOf(pool);
    const own = before.filter((place) => place === 1).length;
    pool.eject(1);
    pool.advance(1_000);
    pool.readmit(1);
    let had = new Set<string>();
    for (const [wait, share] of [
      [0, 0.1],
      [500, 0.1],
      [1_500, 0.2],
      [3_000, 0.5],
      [4_000, 0.9],
    ] as const) {
      pool.advance(wait);
      const places = placesOf(pool);
      const has = new Set(keys.filter((_, i) => places[i] === 1));
      t.ok(Math.abs(has.size / own - share) < 0.05, `${has.size} of ${own} at ${share}`);
      t.ok(
        [...had].every((key) => has.has(key)),
        "what it has, it keeps",
      );
      const strangers = places.filter((place, i) => before[i] !== 1 && place !== before[i]);
      t.equal(strangers.length, 0, "the others' keys are where they were");
      had = has;
    }
    pool.advance(1_000);
    t.same(placesOf(pool), before);
  });
}

t.test("slow start: turns grow with time, too, by weight", async (t) => {
  const pool = new PickingPool({ weights: [1, 2, 2], http: { slow_start: 10_000 } });
  pool.advance(60_000);
  pool.eject(1);
  pool.readmit(1);
  const shareOf1 = (): number => {
    const turns = Array.from({ length: 320 }, () => pool.pick(null));
    return countPlaces(turns, 3)[1]! / 320;
  };
  for (const [wait, weight] of [
    [0, 0.2],
    [5_000, 1],
    [5_000, 2],
  ] as const) {
    pool.advance(wait);
    const due = weight / (3 + weight);
    const share = shareOf1();
    t.ok(Math.abs(share - due) < 0.02, `${share} of the turns, and ${due} are due`);
  }
});
