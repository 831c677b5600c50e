/**
 * Hashes `bytes[start, end)` in place, without allocating. A 64-bit hash returns its low half; its high half is then
 * found where its `HashAlgorithm` says.
 *
 * The 32 bits come as a signed number, `>>> 0` makes them unsigned: V8 holds every signed one in a machine word, while
 * an unsigned one above 2^31 is an object on the heap wherever the call is not inlined.
 */
export type HashFunction = (bytes: Uint8Array, start: number, end: number) => number;
