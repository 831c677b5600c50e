import { loadCrypto } from "../../core/lazy-builtins.ts";

/**
 * Identifiers for requests and traces: unique, not secret. A random start from the system, then xoshiro128** (Blackman and
 * Vigna 2018), since asking the system for each request would cost more than the rest of its head.
 */
const state = new Uint32Array(4);
let seeded = false;

const digits = Buffer.from("0123456789abcdef");

/** Writes `count` lower-case hexadecimal digits, a multiple of 8 and not all of them zero, to `target` from `at` on. */
export function writeRandomHex(target: Buffer, at: number, count: number): void {
  if (!seeded) seed();
  let any = 0;
  for (let i = at; i < at + count; i += 8) {
    let word = next();
    any |= word;
    for (let j = i + 7; j >= i; j--) {
      target[j] = digits[word & 15]!;
      word >>>= 4;
    }
  }
  if (any === 0) writeRandomHex(target, at, count);
}

/** The same as text. */
export function randomHex(count: number): string {
  const text = Buffer.allocUnsafe(count);
  writeRandomHex(text, 0, count);
  return text.toString("latin1");
}

function seed(): void {
  loadCrypto().getRandomValues(state);
  state[0]! |= 1;
  seeded = true;
}

function next(): number {
  const a = state[0]!;
  const b = state[1]!;
  const c = state[2]!;
  const d = state[3]!;
  const e = c ^ a;
  const f = d ^ b;
  state[0] = a ^ f;
  state[1] = b ^ e;
  state[2] = e ^ (b << 9);
  state[3] = rotate(f, 11);
  return Math.imul(rotate(Math.imul(b, 5), 7), 9);
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
