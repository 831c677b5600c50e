/** Where keys go that cannot go to their owner: rendezvous hashing, held against what it promises. */
import fc from "fast-check";
import t from "tap";
import { distributionTable } from "../../../src/ring/distribution-table.ts";
import { createRing } from "../../../src/ring/ring.ts";
import { distributions } from "../../../src/ring/ring-options.ts";
import { KeySpread } from "../../../src/upstream/http/key-spread.ts";
import { countPlaces } from "../../support/picking-pool.ts";
import { equalServers } from "../../support/ring-servers.ts";

const keys = Array.from({ length: 20_000 }, (_, i) => Buffer.from(`session:${i * 7919}`));

const hashOf = (spread: KeySpread, key: Uint8Array): number => spread.hash(key, 0, key.length);

/** All servers in the order of a key. */
function orderOf(spread: KeySpread, hash: number, count: number): number[] {
  const order: number[] = [];
  while (order.length < count) order.push(spread.first(hash, (index) => !order.includes(index)));
  return order;
}

t.test("a key has one order of the servers, and whoever is missing leaves it as it is", async () => {
  const count = fc.integer({ min: 1, max: 12 });
  fc.assert(
    fc.property(count, fc.uint8Array({ maxLength: 40 }), fc.array(fc.boolean()), (count, key, flags) => {
      const spread = new KeySpread(equalServers(count));
      const hash = hashOf(spread, key);
      const order = orderOf(spread, hash, count);
      if (new Set(order).size !== count || order.includes(-1)) throw new Error(`${order} is no order`);
      const isThere = (index: number): boolean => flags[index] !== false;
      const expected = order.find(isThere) ?? -1;
      if (spread.first(hash, isThere) !== expected) throw new Error(`not s${expected}, of ${order}`);
    }),
  );
});

t.test("the order is by names: that of the list does not matter, nor who else is in it", async () => {
  const servers = equalServers(9);
  fc.assert(
    fc.property(
      fc.shuffledSubarray(servers, { minLength: 1 }),
      fc.uint8Array({ minLength: 1, maxLength: 20 }),
      (some, key) => {
        const all = new KeySpread(servers);
        const few = new KeySpread(some);
        const byAll = servers[all.first(hashOf(all, key), (index) => some.includes(servers[index]!))];
        const byFew = some[few.first(hashOf(few, key), () => true)];
        if (byAll !== byFew) throw new Error("they disagree");
      },
    ),
  );
});

t.test("a server that has a name keeps its place at whatever address it is", async (t) => {
  const servers = equalServers(6).map((server, i) => ({ ...server, name: `pod-${i}` }));
  const moved = servers.map((server, i) => ({ ...server, address: { host: `10.9.0.${i}`, port: 80 } }));
  const [before, after] = [new KeySpread(servers), new KeySpread(moved)];
  const strayed = keys.filter((key) => {
    const hash = hashOf(before, key);
    return before.first(hash, () => true) !== after.first(hash, () => true);
  });
  t.same(strayed, []);
});

t.test("the hash is that of the key alone, wherever it stands", async () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), fc.uint8Array(), (before, key, after) => {
      const spread = new KeySpread([]);
      const inside = Buffer.concat([before, key, after]);
      const found = spread.hash(inside, before.length, before.length + key.length);
      if (found !== hashOf(spread, key)) throw new Error("it depends on what stands around");
    }),
  );
});

t.test("every place in the order is spread evenly, for long keys and short ones", async (t) => {
  const servers = equalServers(8);
  const spread = new KeySpread(servers);
  const short = Array.from({ length: 20_000 }, (_, i) => Buffer.from(String(i)));
  for (const some of [keys, short]) {
    const orders = some.map((key) => orderOf(spread, hashOf(spread, key), 8));
    for (let place = 0; place < 8; place++) {
      const counts = countPlaces(
        orders.map((order) => order[place]!),
        8,
      );
      const off = counts.map((count) => Math.abs(count - 2_500));
      t.ok(Math.max(...off) < 250, `place ${place}: ${counts}`);
    }
  }
});

for (const distribution of distributions) {
  t.test(`the keys that ${distribution} gives to one server are spread over all others`, async (t) => {
    const servers = equalServers(6);
    const ring = createRing({ distribution, hash: distributionTable[distribution].defaultHash }, servers);
    const spread = new KeySpread(servers);
    for (let owner = 0; owner < 6; owner++) {
      const own = keys.filter((key) => ring.locate(key, 0, key.length) === owner);
      const counts = countPlaces(
        own.map((key) => spread.first(hashOf(spread, key), (index) => index !== owner)),
        6,
      );
      t.equal(counts[owner], 0);
      const off = counts.filter((_, i) => i !== owner).map((count) => Math.abs(count - own.length / 5));
      t.ok(Math.max(...off) < 0.2 * (own.length / 5), `of s${owner}: ${counts}`);
    }
  });
}
