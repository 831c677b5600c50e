import type { HashFunction } from "./hash-function.ts";
import { add, multiply, rotateLeft, set, word, xorShiftRight } from "./uint64.ts";

/** High and low halves of the five primes of XXH64. */
const p1h = 0x9e3779b1 | 0;
const p1l = 0x85ebca87 | 0;
const p2h = 0xc2b2ae3d | 0;
const p2l = 0x27d4eb4f | 0;
const p3h = 0x165667b1 | 0;
const p3l = 0x9e3779f9 | 0;
const p4h = 0x85ebca77 | 0;
const p4l = 0xc2b2ae63 | 0;
const p5h = 0x27d4eb2f | 0;
const p5l = 0x165667c5 | 0;

/** The hash being computed: low half, high half. */
const hash = new Int32Array(2);
/** Four accumulators of 64 bits, then a scratch one. */
const lanes = new Int32Array(10);
const scratch = 8;

/** XXH64 (xxHash 0.8) with a seed of 64 bits; the function made returns the low half. */
export function createXxh64(seedHigh: number, seedLow: number): HashFunction {
  return (bytes, start, end) => {
    let at = start;
    if (end - start >= 32) {
      startLanes(seedHigh, seedLow);
      for (; end - at >= 32; at += 32) {
        for (let lane = 0; lane < 8; lane += 2)
          round(lane, word(bytes, at + lane * 4 + 4), word(bytes, at + lane * 4));
      }
      mergeLanes();
    } else {
      set(hash, 0, seedHigh, seedLow);
      add(hash, 0, p5h, p5l);
    }
    add(hash, 0, 0, end - start);
    mixTail(bytes, at, end);
    avalanche64(hash, 0);
    return hash[0]!;
  };
}

/** High half of what the last call of a function made by `createXxh64` computed. */
export function xxh64High(): number {
  return hash[1]!;
}

/** The last step of XXH64, which XXH3 takes over for keys of up to three bytes. */
export function avalanche64(r: Int32Array, at: number): void {
  xorShiftRight(r, at, 33);
  multiply(r, at, p2h, p2l);
  xorShiftRight(r, at, 29);
  multiply(r, at, p3h, p3l);
  xorShiftRight(r, at, 32);
}

function startLanes(seedHigh: number, seedLow: number): void {
  for (let lane = 0; lane < 8; lane += 2) set(lanes, lane, seedHigh, seedLow);
  add(lanes, 0, p1h, p1l);
  add(lanes, 0, p2h, p2l);
  add(lanes, 2, p2h, p2l);
  // Minus the first prime, as its two's complement.
  add(lanes, 6, ~p1h, -p1l | 0);
}

/** Folds eight bytes of the key into a lane. */
function round(lane: number, high: number, low: number): void {
  set(lanes, scratch, high, low);
  multiply(lanes, scratch, p2h, p2l);
  add(lanes, lane, lanes[scratch + 1]!, lanes[scratch]!);
  rotateLeft(lanes, lane, 31);
  multiply(lanes, lane, p1h, p1l);
}

function mergeLanes(): void {
  set(hash, 0, 0, 0);
  addRotated(0, 1);
  addRotated(2, 7);
  addRotated(4, 12);
  addRotated(6, 18);
  for (let lane = 0; lane < 8; lane += 2) {
    xorRound(lanes[lane + 1]!, lanes[lane]!);
    multiply(hash, 0, p1h, p1l);
    add(hash, 0, p4h, p4l);
  }
}

function addRotated(lane: number, count: number): void {
  set(lanes, scratch, lanes[lane + 1]!, lanes[lane]!);
  rotateLeft(lanes, scratch, count);
  add(hash, 0, lanes[scratch + 1]!, lanes[scratch]!);
}

/** XORs into the hash what a round makes of a number and an empty lane. */
function xorRound(high: number, low: number): void {
  set(lanes, scratch, high, low);
  multiply(lanes, scratch, p2h, p2l);
  rotateLeft(lanes, scratch, 31);
  multiply(lanes, scratch, p1h, p1l);
  hash[0]! ^= lanes[scratch]!;
  hash[1]! ^= lanes[scratch + 1]!;
}

/** The last bytes of the key, fewer than 32: by eights, a four, and single ones. */
function mixTail(bytes: Uint8Array, start: number, end: number): void {
  let at = start;
  for (; end - at >= 8; at += 8) {
    xorRound(word(bytes, at + 4), word(bytes, at));
    rotateLeft(hash, 0, 27);
    multiply(hash, 0, p1h, p1l);
    add(hash, 0, p4h, p4l);
  }
  if (end - at >= 4) {
    xorMultiple(word(bytes, at), p1h, p1l);
    rotateLeft(hash, 0, 23);
    multiply(hash, 0, p2h, p2l);
    add(hash, 0, p3h, p3l);
    at += 4;
  }
  for (; at < end; at++) {
    xorMultiple(bytes[at]!, p5h, p5l);
    rotateLeft(hash, 0, 11);
    multiply(hash, 0, p1h, p1l);
  }
}

/** XORs a multiple of a prime into the hash. */
function xorMultiple(factor: number, primeHigh: number, primeLow: number): void {
  set(lanes, scratch, 0, factor);
  multiply(lanes, scratch, primeHigh, primeLow);
  hash[0]! ^= lanes[scratch]!;
  hash[1]! ^= lanes[scratch + 1]!;
}
