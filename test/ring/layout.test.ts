import fc from "fast-check";
import t from "tap";
import { ringLayout } from "../../src/ring/layout.ts";
import { createRing } from "../../src/ring/ring.ts";
import { type Distribution, distributions } from "../../src/ring/ring-options.ts";
import { equalServers, namedServers } from "../support/ring-servers.ts";

const hashes: Partial<Record<Distribution, string>> = { hashring: "md5", libmemcached: "md5" };

function ringOf(distribution: Distribution, weights: readonly number[], live?: readonly boolean[]) {
  const hash = hashes[distribution] ?? "fnv1a_64";
  return createRing({ distribution, hash }, namedServers(weights), live);
}

const around = (value: number, wanted: number, error: number): boolean => Math.abs(value - wanted) <= error;

t.test("every distribution goes once round, and shares are in proportion to the weights", async (t) => {
  const weights = [1, 2, 1];
  for (const distribution of distributions) {
    const equal = distribution === "jump" || distribution === "random";
    const { shares, arcs, exact, placed } = ringLayout(ringOf(distribution, weights), 3, 2_000);
    t.equal(exact, placed, distribution);
    t.ok(
      around(
        shares.reduce((a, b) => a + b),
        1,
        1e-9,
      ),
      distribution,
    );
    shares.forEach((share, i) => {
      t.ok(around(share, equal ? 1 / 3 : weights[i]! / 4, 0.06), `${distribution} ${i}: ${share}`);
    });
    t.ok(around(arcs.at(-1)!.end, 1, 1e-9), distribution);
  }
});

t.test("a key's arc is that of its server", async (t) => {
  for (const distribution of ["ketama", "libmemcached", "hashring", "modula", "maglev"] as const) {
    const ring = ringOf(distribution, [1, 3, 2, 1], [true, true, false, true]);
    const { arcs } = ringLayout(ring, 4, 1_000_000);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), (key) => {
        const { position, server } = ring.explain(key);
        return arcs.find(({ end }) => position! < end)?.owner === server;
      }),
    );
    t.notOk(
      arcs.some(({ owner }) => owner === 2),
      `${distribution}: who is out of service has no arc`,
    );
  }
});

t.test("arcs are bounded, and each server keeps its share in all of them together", async (t) => {
  for (const [distribution, servers] of [
    ["ketama", 50],
    ["maglev", 7],
    ["modula", 3_000],
  ] as const) {
    const ring = ringOf(
      distribution,
      equalServers(servers).map(() => 1),
    );
    const { arcs, shares, merged } = ringLayout(ring, servers, 500);
    t.ok(merged, distribution);
    t.ok(arcs.length <= Math.max(500, servers), `${distribution}: ${arcs.length}`);
    const drawn = new Array<number>(servers).fill(0);
    let start = 0;
    for (const { end, owner } of arcs) {
      drawn[owner]! += end - start;
      start = end;
    }
    t.ok(around(start, 1, 1e-9), distribution);
    t.ok(
      drawn.every((sum, i) => around(sum, shares[i]!, 1e-9)),
      `${distribution}: to scale`,
    );
  }
});

t.test("with one server or none there is no choice to draw", async (t) => {
  t.match(ringLayout(ringOf("ketama", [1, 1], [false, true]), 2, 10), {
    shares: [0, 1],
    arcs: [{ owner: 1, end: 1 }],
    placed: false,
  });
  t.match(ringLayout(ringOf("ketama", [1], [false]), 1, 10), { shares: [0], arcs: [] });
});
