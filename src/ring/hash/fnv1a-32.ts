const offsetBasis = 0x811c9dc5 | 0;
const prime = 0x01000193;

/** FNV-1a, 32 bits, over signed bytes as twemproxy 0.5.0 and libhashkit compute it: XOR, then multiply. */
export function fnv1ax32(bytes: Uint8Array, start: number, end: number): number {
  let hash = offsetBasis;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ ((bytes[i]! << 24) >> 24), prime);
  return hash;
}
