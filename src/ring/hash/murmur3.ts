import type { HashFunction } from "./hash-function.ts";

const multiplier1 = 0xcc9e2d51 | 0;
const multiplier2 = 0x1b873593;

/** The final mix of MurmurHash3: every bit of the argument reaches every bit of the signed 32-bit result. */
export function avalanche32(value: number): number {
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return value ^ (value >>> 16);
}

function scramble(word: number): number {
  word = Math.imul(word, multiplier1);
  return Math.imul((word << 15) | (word >>> 17), multiplier2);
}

/** MurmurHash3_x86_32 (Austin Appleby, SMHasher) with a seed of 32 bits. */
export function murmur3x32(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = seed | 0;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    hash ^= scramble(bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  const rest = end - i;
  if (rest > 0) {
    let word = bytes[i]!;
    if (rest > 1) word |= bytes[i + 1]! << 8;
    if (rest > 2) word |= bytes[i + 2]! << 16;
    hash ^= scramble(word);
  }
  return avalanche32(hash ^ (end - start));
}

/** MurmurHash3_x86_32 with its seed bound. */
export function createMurmur3(seed: number): HashFunction {
  return (bytes, start, end) => murmur3x32(bytes, start, end, seed);
}
