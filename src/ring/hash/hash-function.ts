/**
 * Hashes `bytes[start, end)` in place, without allocating, and returns an unsigned 32-bit number.
 * A 64-bit hash returns its low half; its high half is then found where its `HashAlgorithm` says.
 */
export type HashFunction = (bytes: Uint8Array, start: number, end: number) => number;
