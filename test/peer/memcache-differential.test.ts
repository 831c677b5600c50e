// Does a client see the same through podmate as on a connection to memcached itself?
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import type { Address } from "../../src/core/address.ts";
import { escapeBytes } from "../support/escape-bytes.ts";
import { converse, type Step } from "../support/memcache-peer.ts";
import { memcacheStep } from "../support/memcache-steps.ts";
import { needs } from "../support/needs.ts";
import { startPlane } from "../support/plane.ts";
import { cutAt, randomCuts } from "../support/random-cuts.ts";
import { RealMemcached } from "../support/real-memcached.ts";
import { WireClient } from "../support/wire-client.ts";
import { ODD_LINES } from "./memcache-differential/odd-lines.ts";
import { ODD_META } from "./memcache-differential/odd-meta.ts";
import { ODD_VALUES } from "./memcache-differential/odd-values.ts";
import { ODD_WORDS } from "./memcache-differential/odd-words.ts";

/**
 * With a key too long memcached answers as podmate does, but may have looked at the other keys of the line before, or
 * find another mistake first.
 */
const keyTooLong = /^(?:get|gat|delete).*\S{251}/;
/** Storage commands that memcached 1.6.18 refuses, and then runs their values; podmate drops these. */
const refusedValue =
  /^(?:(?:set|add|replace|append|prepend|cas) (?:\S{251}|\S+ (?:x|-1) |\S+ \S+ x |\S+ 0 0 \d+ x)|ms k\r)/;
/** Exptimes that memcached 1.6.18 cuts to 32 bits and podmate refuses: see the tables. */
const refusedExptime = /^(?:(?:\S+ \S+ \S+|touch \S+|gats?) )(?:-2147483649|4102444800)\b/;
/** memcached names the unknown flag, podmate what it sees itself. */
const unknownFlag = /^mg \S+ (?:.* z\b|z .)/;
/** Newer servers take no base64 there. */
const debugOfBase64 = /^me \S+ b/;

/** A second may pass between the asking of one and of the other. */
const expiresSoon = /^(?:(?:set|add|replace|append|prepend|cas) \S+ \S+|touch \S+|gats?) 1\b/;
const leftOut = [keyTooLong, refusedValue, refusedExptime, unknownFlag, debugOfBase64, expiresSoon];

/** Sends the pieces on a connection of its own, closes the sending side, and gives all that came. */
async function say(address: Address, pieces: readonly Buffer[]): Promise<string> {
  const client = await WireClient.connect(address);
  for (const piece of pieces) await client.sendSplit(piece, piece.length);
  client.halfClose();
  await client.waitForEnd();
  const answer = client.received.toString("latin1");
  client.close();
  return answer;
}

/** Versions are alike; cas uniques are named by the order in which they come up, so that only which are equal counts. */
function alike(answer: string): string {
  const names = new Map<string, string>();
  const nameOf = (cas: string): string => {
    const name = names.get(cas) ?? `CAS${names.size}`;
    names.set(cas, name);
    return name;
  };
  return answer
    .replaceAll(/^VERSION .*\r$/gm, "VERSION\r")
    .replaceAll(/^(VALUE \S+ \d+ \d+ )(\d+)\r$/gm, (_, head, cas) => `${head}${nameOf(cas)}\r`)
    .replaceAll(/^(?:HD|VA) .*\r$/gm, (line) => line.replace(/ c(\d+)/, (_, cas) => ` c${nameOf(cas)}`));
}

if (needs(t, "memcached")) {
  const start = () => RealMemcached.start(t, { args: ["-o", "no_lru_maintainer"] });
  const [bare, ...servers] = await Promise.all([start(), start(), start(), start()]);
  const addresses = servers.map(({ address }) => address);
  const single = await startPlane(t, addresses.slice(0, 1));
  const double = await startPlane(t, addresses.slice(1));
  const flush = async () => {
    for (const { address } of [bare, single, double]) await converse(address, ["flush_all\r\n"], false);
  };

  for (const { name, send, ends, differs } of [...ODD_LINES, ...ODD_WORDS, ...ODD_VALUES, ...ODD_META]) {
    await t.test(`${name}${differs === undefined ? "" : `, differently: ${differs.because}`}`, async () => {
      const bytes = Buffer.from(send, "latin1");
      await fc.assert(
        fc.asyncProperty(randomCuts(ends ? 0 : bytes.length), async (cuts) => {
          const pieces = cutAt(bytes, cuts);
          await flush();
          const expected = differs?.answer ?? alike(await say(bare.address, pieces));
          for (const { address } of [single, double]) {
            const found = alike(await say(address, pieces));
            assert.equal(
              escapeBytes(Buffer.from(found, "latin1")),
              escapeBytes(Buffer.from(expected, "latin1")),
            );
            assert.ok(found === expected, "the same beyond what is shown");
          }
        }),
        { numRuns: 3, examples: [[[]]] },
      );
    });
    if (differs === undefined) continue;
    await t.test(`${name}: memcached still answers in its own way`, async () => {
      await flush();
      assert.notEqual(alike(await say(bare.address, [Buffer.from(send, "latin1")])), differs.answer);
    });
  }

  const steps = fc.array(
    memcacheStep().filter((step) => !leftOut.some((pattern) => pattern.test(step))),
    { minLength: 2, maxLength: 25 },
  );
  for (const split of [false, true]) {
    await t.test(`generated commands, ${split ? "byte by byte" : "whole"}`, async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (steps: readonly Step[]) => {
          await flush();
          const expected = await converse(bare.address, steps, split);
          for (const { address } of [single, double]) {
            assert.deepEqual(await converse(address, steps, split), expected);
          }
        }),
        { numRuns: split ? 10 : 100 },
      );
    });
  }

  t.equal(single.plane.load().requests, 0);
  t.equal(double.plane.load().requests, 0);
}
