/** Unsigned 32-bit numbers from a seed other than 0 (Marsaglia's xorshift32), the same in every run. */
export function createRandomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Printable ASCII without spaces. */
export function randomText(next: () => number, length: number): string {
  let text = "";
  for (let i = 0; i < length; i++) text += String.fromCharCode(0x21 + ((next() >>> 8) % 0x5e));
  return text;
}

/** Bytes that a classic memcache key may hold: no control characters, no space, every fourth key not ASCII. */
export function randomKey(next: () => number, longest: number): Uint8Array {
  const key = new Uint8Array(1 + (next() % longest));
  const lowest = next() % 4 === 0 ? 0x80 : 0x21;
  const range = lowest === 0x80 ? 0x80 : 0x5e;
  for (let i = 0; i < key.length; i++) key[i] = lowest + ((next() >>> 8) % range);
  return key;
}
