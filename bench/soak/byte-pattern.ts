/** Pseudo-random bytes that are the same in every process (xorshift32, Marsaglia 2003), with `words` strewn in. */
export function bytePattern(length: number, words: string): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let state = 0x2545f491;
  for (let at = 0; at < length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state >>> 11;
  }
  for (let at = 40; at + words.length < length; at += 997) bytes.write(words, at, "latin1");
  return bytes;
}
