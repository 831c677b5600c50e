import { multiplyHigh } from "./hash/uint64.ts";
import type { Member } from "./member.ts";
import type { Placement } from "./placement.ts";

/** Halves of 2862933555777941757, the multiplier of the generator in the paper. */
const multiplierHigh = 0x27bb2ee6;
const multiplierLow = 0x87b0b0fd | 0;

/** How often a key of an ejected server looks for another place before it takes one by count. */
const maxTries = 16;

/**
 * Jump consistent hash ("A Fast, Minimal Memory, Consistent Hash Algorithm", Lamping and Veach 2014) over the order
 * of the list, as memcached's proxy does with `xxh3`. Servers can be added and removed at the end only; weights are
 * unknown to it.
 *
 * The keys of an ejected server jump again from a changed hash, so that all others stay where they are.
 */
export function createJump(members: readonly Member[]): Placement {
  const count = members.length;
  if (members.every((member) => member.live)) return { place: (hash, high) => jump(hash, high, count) };
  const live = members.map((member) => member.live);
  const rest = members.filter((member) => member.live).map((member) => member.index);
  return {
    place(hash, high) {
      let low = hash;
      for (let tries = 0; tries < maxTries; tries++) {
        const index = jump(low, high, count);
        if (live[index]) return index;
        low = (low + 0x9e3779b9) | 0;
      }
      return rest[(hash >>> 0) % rest.length]!;
    },
  };
}

/** The bucket (0 .. buckets - 1) of a 64-bit key. */
export function jump(low: number, high: number, buckets: number): number {
  let bucket = 0;
  let next = 0;
  while (next < buckets) {
    bucket = next;
    const product = Math.imul(low, multiplierLow);
    high = multiplyHigh(low, multiplierLow) + Math.imul(low, multiplierHigh) + Math.imul(high, multiplierLow);
    low = (product + 1) | 0;
    high = (high + (low === 0 ? 1 : 0)) | 0;
    next = Math.floor((bucket + 1) * (2 ** 31 / ((high >>> 1) + 1)));
  }
  return bucket;
}
