import { loadCrypto } from "../../core/lazy-builtins.ts";

/**
 * Identifiers for requests and traces: unique, not secret. A random start from the system, then xoshiro128** (Blackman and
 * Vigna 2018), since asking the system for each request would cost more than the rest of its head.
 */
const state = new Uint32Array(4);
let seeded = false;

/** `count` times eight lower-case hexadecimal digits, never all of them zero. */
export function randomHex(count: number): string {
  if (!seeded) {
    loadCrypto().getRandomValues(state);
    state[0]! |= 1;
    seeded = true;
  }
  let text = "";
  for (let i = 0; i < count; i++) text += hex(next());
  return text === "0".repeat(8 * count) ? randomHex(count) : text;
}

function next(): number {
  const [a, b, c, d] = state as unknown as [number, number, number, number];
  const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
  const shifted = b << 9;
  const e = c ^ a;
  const f = d ^ b;
  state[1] = b ^ e;
  state[0] = a ^ f;
  state[2] = e ^ shifted;
  state[3] = rotate(f, 11);
  return result;
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

function hex(word: number): string {
  return (word + 0x1_0000_0000).toString(16).slice(1);
}
