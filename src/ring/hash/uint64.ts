/**
 * Arithmetic modulo 2^64 on numbers kept as two 32-bit halves in an Int32Array: the low half at `at`, the high
 * half at `at + 1`. BigInt would allocate on every step.
 */

/** High half of the product of two 32-bit numbers, both taken as unsigned. */
export function multiplyHigh(a: number, b: number): number {
  // The double is off by at most 2^11 from the true product. What remains after taking the exact low half away
  // is a multiple of 2^32, so rounding to the nearest one repairs that.
  const product = (a >>> 0) * (b >>> 0);
  return ((product - (Math.imul(a, b) >>> 0)) * 2 ** -32 + 0.5) | 0;
}

export function set(r: Int32Array, at: number, high: number, low: number): void {
  r[at] = low;
  r[at + 1] = high;
}

export function add(r: Int32Array, at: number, high: number, low: number): void {
  const sum = (r[at]! + low) | 0;
  r[at] = sum;
  r[at + 1] = r[at + 1]! + high + (sum >>> 0 < low >>> 0 ? 1 : 0);
}

export function multiply(r: Int32Array, at: number, high: number, low: number): void {
  const x = r[at]!;
  r[at + 1] = multiplyHigh(x, low) + Math.imul(x, high) + Math.imul(r[at + 1]!, low);
  r[at] = Math.imul(x, low);
}

/** XORs the number with itself shifted right by `count` (1..63). */
export function xorShiftRight(r: Int32Array, at: number, count: number): void {
  const low = r[at]!;
  const high = r[at + 1]!;
  if (count < 32) {
    r[at] = low ^ ((low >>> count) | (high << (32 - count)));
    r[at + 1] = high ^ (high >>> count);
  } else {
    r[at] = low ^ (high >>> (count - 32));
  }
}

/** Rotates left by `count` (1..31). */
export function rotateLeft(r: Int32Array, at: number, count: number): void {
  const low = r[at]!;
  const high = r[at + 1]!;
  r[at] = (low << count) | (high >>> (32 - count));
  r[at + 1] = (high << count) | (low >>> (32 - count));
}

/** Adds to the number the product of `a` and `b` (128 bits), its two halves of 64 bits XORed together. */
export function addFoldedProduct(
  r: Int32Array,
  at: number,
  aHigh: number,
  aLow: number,
  bHigh: number,
  bLow: number,
): void {
  // Columns of the long multiplication above the lowest one, each with what the column before carries over.
  const column1 =
    (multiplyHigh(aLow, bLow) >>> 0) + (Math.imul(aLow, bHigh) >>> 0) + (Math.imul(aHigh, bLow) >>> 0);
  const column2 =
    (multiplyHigh(aLow, bHigh) >>> 0) +
    (multiplyHigh(aHigh, bLow) >>> 0) +
    (Math.imul(aHigh, bHigh) >>> 0) +
    ((column1 * 2 ** -32) | 0);
  const column3 = multiplyHigh(aHigh, bHigh) + ((column2 * 2 ** -32) | 0);
  add(r, at, column1 ^ column3, Math.imul(aLow, bLow) ^ column2);
}

/** The little-endian 32-bit word at `at`, signed. */
export function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
