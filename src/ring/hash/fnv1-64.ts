/** Low halves of the 64-bit FNV constants. */
const offsetBasis = 0x84222325 | 0;
const prime = 0x000001b3;

/**
 * The low half of the 64-bit FNV-1 over signed bytes, as twemproxy 0.5.0 and libhashkit compute it.
 * The low half of a product depends on nothing but the low halves of its factors, so 32 bits are enough.
 */
export function fnv1x64(bytes: Uint8Array, start: number, end: number): number {
  let hash = offsetBasis;
  for (let i = start; i < end; i++) hash = Math.imul(hash, prime) ^ ((bytes[i]! << 24) >> 24);
  return hash;
}
