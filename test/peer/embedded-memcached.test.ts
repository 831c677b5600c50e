// Does the embedded node answer as memcached does? Each conversation is held with both, and the answers compared.
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { startMemcacheNode } from "../../src/embedded/memcache-node.ts";
import { converse, type Step } from "../support/memcache-peer.ts";
import { memcacheStep } from "../support/memcache-steps.ts";
import { needs } from "../support/needs.ts";
import { RealMemcached } from "../support/real-memcached.ts";
import { CONVERSATIONS } from "./embedded-memcached-conversations.ts";

if (needs(t, "memcached")) {
  // Its LRU thread holds items at moments of its own, which decides whether a shorter number is padded.
  const real = await RealMemcached.start(t, { args: ["-o", "no_lru_maintainer"] });
  const node = await startMemcacheNode();
  t.teardown(() => node.close());

  /** Holds the conversation with both, each emptied before, and fails with the first step that they answer differently. */
  const compare = async (steps: readonly Step[], split: boolean): Promise<void> => {
    for (const { address } of [real, node]) await converse(address, ["flush_all\r\n"], false);
    const expected = await converse(real.address, steps, split);
    const found = await converse(node.address, steps, split);
    for (const [i, answer] of expected.entries()) {
      assert.equal(
        found[i],
        answer,
        `different answer to step ${i}: ${JSON.stringify(steps[i]?.slice(0, 200))}`,
      );
    }
  };

  for (const split of [false, true]) {
    const manner = split ? "byte by byte" : "whole";

    for (const { name, steps, long } of CONVERSATIONS) {
      if (long === true && split) continue;
      await t.test(`${name}, ${manner}`, () => compare(steps, split));
    }

    await t.test(`generated commands, ${manner}`, async () => {
      const commands = fc.array(memcacheStep(), { minLength: 2, maxLength: 25 });
      await fc.assert(
        fc.asyncProperty(commands, (steps) => compare(steps, split)),
        { numRuns: split ? 10 : 150 },
      );
    });
  }
}
