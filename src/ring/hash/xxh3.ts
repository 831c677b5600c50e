import type { HashFunction } from "./hash-function.ts";
import { add, addFoldedProduct, multiply, multiplyHigh, set, word, xorShiftRight } from "./uint64.ts";
import { createXxh3Secret, type Xxh3Secret } from "./xxh3-secret.ts";
import { avalanche64 } from "./xxh64.ts";

/** High and low halves of primes; the first is the one that lengths are multiplied with. */
const p1h = 0x9e3779b1 | 0;
const p1l = 0x85ebca87 | 0;
const mix1h = 0x16566791 | 0;
const mix1l = 0x9e3779f9 | 0;
const mix2h = 0x9fb21c65 | 0;
const mix2l = 0x1e98df25 | 0;
const p32 = 0x9e3779b1 | 0;

/** The hash being computed (low half, high half), then a second sum. */
const hash = new Int32Array(4);
const second = 2;
/** The eight accumulators of keys over 240 bytes, and what they start from: low half, high half. */
const lanes = new Int32Array(16);
const firstLanes = Int32Array.of(
  ...[0xc2b2ae3d, 0, p1l, p1h, 0x27d4eb4f, 0xc2b2ae3d, 0x9e3779f9, 0x165667b1],
  ...[0xc2b2ae63, 0x85ebca77, 0x85ebca77, 0, 0x165667c5, 0x27d4eb2f, 0x9e3779b1, 0],
);

/** Sizes in bytes of what keys over 240 bytes are cut into, and of the secret they use up per block. */
const stripe = 64;
const block = 1024;
const secretLength = 192;

/** XXH3_64bits (xxHash 0.8) with a seed of 64 bits; the function made returns the low half. */
export function createXxh3(seed: bigint): HashFunction {
  const secret = createXxh3Secret(seed);
  return (bytes, start, end) => {
    const length = end - start;
    if (length <= 16) hashShort(bytes, start, end, secret);
    else if (length <= 128) hashUpTo128(bytes, start, end, secret);
    else if (length <= 240) hashUpTo240(bytes, start, end, secret);
    else hashLong(bytes, start, end, secret.derived);
    return hash[0]!;
  };
}

/** High half of what the last call of a function made by `createXxh3` computed. */
export function xxh3High(): number {
  return hash[1]!;
}

function hashShort(bytes: Uint8Array, start: number, end: number, secret: Xxh3Secret): void {
  const length = end - start;
  if (length > 8) {
    const low = word(bytes, start) ^ secret.flip9[0]!;
    const high = word(bytes, start + 4) ^ secret.flip9[1]!;
    const lastLow = word(bytes, end - 8) ^ secret.flip9Last[0]!;
    const lastHigh = word(bytes, end - 4) ^ secret.flip9Last[1]!;
    set(hash, 0, swapBytes(low), swapBytes(high));
    add(hash, 0, 0, length);
    add(hash, 0, lastHigh, lastLow);
    addFoldedProduct(hash, 0, high, low, lastHigh, lastLow);
    avalanche();
  } else if (length > 3) {
    set(hash, 0, word(bytes, start) ^ secret.flip4[1]!, word(bytes, end - 4) ^ secret.flip4[0]!);
    mixFourToEight(length);
  } else if (length > 0) {
    const combined =
      (bytes[start]! << 16) | (bytes[start + (length >> 1)]! << 24) | bytes[end - 1]! | (length << 8);
    set(hash, 0, secret.flip1[1]!, secret.flip1[0]! ^ combined);
    avalanche64(hash, 0);
  } else {
    hash.set(secret.flip0);
    avalanche64(hash, 0);
  }
}

function swapBytes(value: number): number {
  return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
}

function mixFourToEight(length: number): void {
  const low = hash[0]!;
  const high = hash[1]!;
  // The number, XORed with itself rotated left by 49 and by 24.
  hash[0] = low ^ ((high << 17) | (low >>> 15)) ^ ((low << 24) | (high >>> 8));
  hash[1] = high ^ ((low << 17) | (high >>> 15)) ^ ((high << 24) | (low >>> 8));
  multiply(hash, 0, mix2h, mix2l);
  const shifted = (hash[1]! >>> 3) + length;
  hash[0]! ^= shifted;
  multiply(hash, 0, mix2h, mix2l);
  xorShiftRight(hash, 0, 28);
}

function avalanche(): void {
  xorShiftRight(hash, 0, 37);
  multiply(hash, 0, mix1h, mix1l);
  xorShiftRight(hash, 0, 32);
}

/** Starts the sum from the length times a prime. */
function startFromLength(length: number): void {
  set(hash, 0, 0, length);
  multiply(hash, 0, p1h, p1l);
}

/** Mixes 16 bytes of the key with 16 bytes of the secret into a sum. */
function mix16(sum: number, bytes: Uint8Array, at: number, secret: Xxh3Secret, offset: number): void {
  const { plus, minus } = secret;
  addFoldedProduct(
    hash,
    sum,
    word(bytes, at + 4) ^ plus[2 * offset + 1]!,
    word(bytes, at) ^ plus[2 * offset]!,
    word(bytes, at + 12) ^ minus[2 * offset + 17]!,
    word(bytes, at + 8) ^ minus[2 * offset + 16]!,
  );
}

/** From both ends inwards, 16 bytes each; those that meet in the middle overlap. */
function hashUpTo128(bytes: Uint8Array, start: number, end: number, secret: Xxh3Secret): void {
  startFromLength(end - start);
  const pairs = (end - start - 1) >> 5;
  for (let i = pairs; i >= 0; i--) {
    mix16(0, bytes, start + 16 * i, secret, 32 * i);
    mix16(0, bytes, end - 16 * (i + 1), secret, 32 * i + 16);
  }
  avalanche();
}

function hashUpTo240(bytes: Uint8Array, start: number, end: number, secret: Xxh3Secret): void {
  const rounds = (end - start) >> 4;
  startFromLength(end - start);
  for (let i = 0; i < 8; i++) mix16(0, bytes, start + 16 * i, secret, 16 * i);
  avalanche();
  set(hash, second, 0, 0);
  for (let i = 8; i < rounds; i++) mix16(second, bytes, start + 16 * i, secret, 16 * (i - 8) + 3);
  mix16(second, bytes, end - 16, secret, 119);
  add(hash, 0, hash[second + 1]!, hash[second]!);
  avalanche();
}

function hashLong(bytes: Uint8Array, start: number, end: number, secret: Int32Array): void {
  lanes.set(firstLanes);
  let at = start;
  for (; end - at > block; at += block) {
    for (let i = 0; i < block / stripe; i++) accumulate(bytes, at + i * stripe, secret, 8 * i);
    scramble(secret);
  }
  for (let offset = 0; end - at > stripe; at += stripe, offset += 8) accumulate(bytes, at, secret, offset);
  accumulate(bytes, end - stripe, secret, secretLength - stripe - 7);
  startFromLength(end - start);
  for (let lane = 0, offset = 11; lane < 16; lane += 4, offset += 16) {
    addFoldedProduct(
      hash,
      0,
      lanes[lane + 1]! ^ secret[2 * offset + 1]!,
      lanes[lane]! ^ secret[2 * offset]!,
      lanes[lane + 3]! ^ secret[2 * offset + 17]!,
      lanes[lane + 2]! ^ secret[2 * offset + 16]!,
    );
  }
  avalanche();
}

/** Adds a stripe to the lanes: eight bytes to the neighbour of a lane, and to the lane a product of their halves. */
function accumulate(bytes: Uint8Array, start: number, secret: Int32Array, offset: number): void {
  for (let lane = 0, at = start, s = 2 * offset; lane < 16; lane += 2, at += 8, s += 16) {
    const low = word(bytes, at);
    const high = word(bytes, at + 4);
    const keyedLow = low ^ secret[s]!;
    const keyedHigh = high ^ secret[s + 1]!;
    add(lanes, lane ^ 2, high, low);
    add(lanes, lane, multiplyHigh(keyedLow, keyedHigh), Math.imul(keyedLow, keyedHigh));
  }
}

/** Between two blocks. */
function scramble(secret: Int32Array): void {
  for (let lane = 0, s = 2 * (secretLength - stripe); lane < 16; lane += 2, s += 16) {
    xorShiftRight(lanes, lane, 47);
    lanes[lane]! ^= secret[s]!;
    lanes[lane + 1]! ^= secret[s + 1]!;
    multiply(lanes, lane, 0, p32);
  }
}
