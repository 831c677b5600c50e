/** With every policy on and nothing for them to do, is a pool to its clients what its server is? */
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { startMemcacheNode } from "../../../../src/embedded/memcache-node.ts";
import { converse } from "../../../support/memcache-peer.ts";
import { memcacheStep } from "../../../support/memcache-steps.ts";
import { startPlane } from "../../../support/plane.ts";
import { poolOptions, serverOptions } from "../../../support/pools.ts";
import { WireClient } from "../../../support/wire-client.ts";

/** podmate has a word of its own for these, with or without policies. */
const own = /^(version|verbosity|flush_all|bogus|\r\n|get\r\n|ms k\r\n)/;

for (const split of [false, true]) {
  t.test(`generated commands, ${split ? "byte by byte" : "whole"}`, async (t) => {
    const [bare, behind, empty, copy] = await Promise.all(
      Array.from({ length: 4 }, () => startMemcacheNode()),
    );
    for (const node of [bare!, behind!, empty!, copy!]) t.teardown(() => node.close());
    const other = (name: string, node: typeof empty) =>
      poolOptions(name, [serverOptions(name, 0, { address: node!.address })], { timeout: 10_000 });
    const plain = await startPlane(t, [bare!.address]);
    const policed = await startPlane(t, [behind!.address], {
      pool: {
        near_cache: { size: 65_536, ttl: 60_000, max_value: 8_192 },
        coalesce: true,
        failover: ["empty"],
        warm_from: { pool: "empty", ttl: 60 },
        mirror: { pool: "copy", writes: true, reads: 0.5 },
        hot_keys: 3,
      },
      pools: [other("empty", empty), other("copy", copy)],
    });
    const flush = async (): Promise<void> => {
      for (const { address } of [plain, policed]) {
        const client = await WireClient.connect(address);
        await client.exchange("flush_all\r\n", "OK\r\n");
        client.close();
      }
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          memcacheStep().filter((step) => !own.test(step)),
          { minLength: 2, maxLength: 25 },
        ),
        async (steps) => {
          await flush();
          const expected = await converse(plain.address, steps, split);
          assert.deepEqual(await converse(policed.address, steps, split), expected);
        },
      ),
      { numRuns: split ? 15 : 150 },
    );
    t.equal(policed.plane.load().requests, 0);
  });
}
