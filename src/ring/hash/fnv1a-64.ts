/** Low halves of the 64-bit FNV constants. */
const offsetBasis = 0x84222325 | 0;
const prime = 0x000001b3;

/**
 * What twemproxy 0.5.0 and libhashkit call FNV-1a with 64 bits, over signed bytes. They keep 32 bits of state,
 * which comes to the low half of the real one.
 */
export function fnv1ax64(bytes: Uint8Array, start: number, end: number): number {
  let hash = offsetBasis;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ ((bytes[i]! << 24) >> 24), prime);
  return hash;
}
