import t from "tap";
import { mostArcs, ringLayoutView } from "../../../src/roles/ambassador/ring-layout-view.ts";
import type { PoolOptions } from "../../../src/upstream/pool-options.ts";

function pool(count: number): PoolOptions {
  return {
    name: "main",
    ring: { distribution: "ketama", hash: "fnv1a_64" },
    servers: Array.from({ length: count }, (_, i) => ({
      id: `cache-${i}`,
      address: { host: `10.0.0.${i}`, port: 11211 },
      weight: 1,
    })),
  } as unknown as PoolOptions;
}

t.test("the ring as keys go now, and what each server has of its own", async (t) => {
  const whole = ringLayoutView(pool(3), [true, true, true]);
  t.match(whole, { pool: "main", distribution: "ketama", exact: true, placed: true, merged: false });
  for (const { share, share_in_service } of whole.servers) t.equal(share, share_in_service);
  const without = ringLayoutView(pool(3), [true, false, true]);
  t.equal(without.servers[1]!.share, 0);
  t.equal(without.servers[1]!.share_in_service, whole.servers[1]!.share);
  t.notOk(without.arcs.some(({ server }) => server === 1));
});

t.test("a large ring is told in few arcs", async (t) => {
  const { arcs, merged, servers } = ringLayoutView(pool(40), Array<boolean>(40).fill(true));
  t.ok(merged);
  t.ok(arcs.length <= mostArcs && arcs.length > mostArcs / 2, String(arcs.length));
  t.equal(servers.length, 40);
});

t.test("a ring is laid out once, until somebody leaves it or comes back", async (t) => {
  const main = pool(3);
  const whole = ringLayoutView(main, [true, true, true]);
  t.equal(ringLayoutView(main, [true, true, true]), whole);
  t.not(ringLayoutView(main, [true, true, false]), whole);
  t.same(ringLayoutView(main, [true, true, true]), whole);
});
