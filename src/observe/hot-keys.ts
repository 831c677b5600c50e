import type { HotKey, HotKeyReport } from "./hot-key-report.ts";
import { mergeHotKeys } from "./hot-key-report.ts";

/** Longest key, in bytes, that memcache allows. */
const longestKey = 250;
/** Tracked keys per key reported: the more, the closer the counts. */
const trackedPerKey = 8;
const none = -1;

/**
 * The most requested keys by the space-saving algorithm (Metwally, Agrawal, El Abbadi: "Efficient Computation of
 * Frequent and Top-k Elements in Data Streams", 2005). It tracks a fixed number m of keys; a new key takes the place
 * of one with the lowest count, and inherits that count as its possible error. So after N observations a count is
 * at most N/m too high and never too low, and every key with more than N/m requests is tracked.
 *
 * The place of the paper's stream summary takes a hand that goes round the counts and stops at the next one that is
 * lowest: counts only grow, so the hand passes each level of the minimum once, and over time takes at most one step per
 * observation. Memory: under 300 bytes per tracked key; nothing is allocated after construction. An observation takes
 * some 60 to 110 ns for keys of 30 bytes.
 */
export class HotKeys {
  readonly #top: number;
  readonly #size: number;
  readonly #keys: Buffer;
  readonly #lengths: Uint8Array;
  readonly #hashes: Int32Array;
  readonly #counts: Float64Array;
  readonly #errors: Float64Array;
  /** Chains of tracked keys per hash bucket, doubly linked by index. */
  readonly #heads: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #mask: number;
  #used = 0;
  #total = 0;
  /** The lowest count, or less. */
  #floor = 0;
  /** Lowest count above the floor that the hand has met on its way round. */
  #nextFloor = Number.POSITIVE_INFINITY;
  #hand = 0;

  /** `top`: keys reported, at least 1. */
  constructor(top: number, tracked: number = top * trackedPerKey) {
    this.#top = top;
    this.#size = tracked;
    this.#keys = Buffer.alloc(tracked * longestKey);
    this.#lengths = new Uint8Array(tracked);
    this.#hashes = new Int32Array(tracked);
    this.#counts = new Float64Array(tracked);
    this.#errors = new Float64Array(tracked);
    const buckets = 1 << (32 - Math.clz32(tracked));
    this.#heads = new Int32Array(buckets).fill(none);
    this.#next = new Int32Array(tracked).fill(none);
    this.#previous = new Int32Array(tracked).fill(none);
    this.#mask = buckets - 1;
  }

  /** Counts one request for the key in `bytes[start, end)`, of at most 250 bytes; longer ones are no keys. */
  observe(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > longestKey) return;
    this.#total++;
    const hash = hashKey(bytes, start, end);
    const known = this.#find(bytes, start, length, hash);
    if (known !== none) {
      this.#counts[known]! += 1;
      return;
    }
    const slot = this.#used < this.#size ? this.#used++ : this.#evict();
    this.#put(slot, bytes, start, length, hash);
  }

  /** The top keys, most requested first. */
  report(): HotKeyReport {
    const slots = Array.from({ length: this.#used }, (_, slot) => slot);
    slots.sort((a, b) => this.#counts[b]! - this.#counts[a]!);
    const all = slots.map((slot): HotKey => {
      const from = slot * longestKey;
      const key = this.#keys.toString("latin1", from, from + this.#lengths[slot]!);
      return { key, count: this.#counts[slot]!, error: this.#errors[slot]! };
    });
    const untracked = this.#used < this.#size ? 0 : all.at(-1)!.count;
    return mergeHotKeys([{ total: this.#total, untracked, keys: all }], this.#top);
  }

  /** Begins anew, so that the next report is about the time from now on. */
  clear(): void {
    this.#heads.fill(none);
    this.#counts.fill(0);
    this.#used = 0;
    this.#total = 0;
    this.#floor = 0;
    this.#nextFloor = Number.POSITIVE_INFINITY;
    this.#hand = 0;
  }

  #find(bytes: Uint8Array, start: number, length: number, hash: number): number {
    let slot = this.#heads[hash & this.#mask]!;
    while (slot !== none) {
      if (this.#hashes[slot] === hash && this.#lengths[slot] === length && this.#equals(slot, bytes, start)) {
        return slot;
      }
      slot = this.#next[slot]!;
    }
    return none;
  }

  #equals(slot: number, bytes: Uint8Array, start: number): boolean {
    const keys = this.#keys;
    const from = slot * longestKey;
    const length = this.#lengths[slot]!;
    for (let i = 0; i < length; i++) if (keys[from + i] !== bytes[start + i]) return false;
    return true;
  }

  /** Frees a slot with the lowest count, leaving that count in it. */
  #evict(): number {
    const counts = this.#counts;
    const size = this.#size;
    for (;;) {
      for (let slot = this.#hand; slot < size; slot++) {
        const count = counts[slot]!;
        if (count <= this.#floor) {
          this.#hand = slot + 1;
          // It comes back with one more, behind the hand.
          this.#nextFloor = Math.min(this.#nextFloor, count + 1);
          this.#unlink(slot);
          return slot;
        }
        if (count < this.#nextFloor) this.#nextFloor = count;
      }
      this.#floor = this.#nextFloor;
      this.#nextFloor = Number.POSITIVE_INFINITY;
      this.#hand = 0;
    }
  }

  #put(slot: number, bytes: Uint8Array, start: number, length: number, hash: number): void {
    const keys = this.#keys;
    const to = slot * longestKey;
    for (let i = 0; i < length; i++) keys[to + i] = bytes[start + i]!;
    this.#lengths[slot] = length;
    this.#hashes[slot] = hash;
    this.#errors[slot] = this.#counts[slot]!;
    this.#counts[slot]! += 1;
    const bucket = hash & this.#mask;
    const head = this.#heads[bucket]!;
    this.#next[slot] = head;
    this.#previous[slot] = none;
    if (head !== none) this.#previous[head] = slot;
    this.#heads[bucket] = slot;
  }

  #unlink(slot: number): void {
    const next = this.#next[slot]!;
    const previous = this.#previous[slot]!;
    if (previous === none) this.#heads[this.#hashes[slot]! & this.#mask] = next;
    else this.#next[previous] = next;
    if (next !== none) this.#previous[next] = previous;
  }
}

/** Hash of the whole key, four bytes a step; the steps and the end are those of MurmurHash3 (x86, 32 bits). */
function hashKey(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    hash = step(hash, word);
  }
  let rest = 0;
  for (; at < end; at++) rest = (rest << 8) | bytes[at]!;
  hash = step(hash, rest);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function step(hash: number, word: number): number {
  const mixed = Math.imul(word, 0xcc9e2d51);
  const turned = hash ^ Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
  return (Math.imul((turned << 13) | (turned >>> 19), 5) + 0xe6546b64) | 0;
}
