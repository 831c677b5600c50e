/**
 * Decodes the base64 text at bytes[start, end) to `target` and returns the number of bytes; 0 if it is no base64.
 */
export function decodeBase64(bytes: Buffer, start: number, end: number, target: Buffer): number {
  return target.write(bytes.toString("latin1", start, end), "base64");
}

/**
 * Whether bytes[start, end) are base64 with its padding (RFC 4648 section 4), of at least one byte, and the only text
 * for those bytes: no bits are set in the last letter that stand for nothing. memcached takes other texts for the same
 * key, and gives back this one.
 */
export function isBase64(bytes: Uint8Array, start: number, end: number): boolean {
  if (end === start || ((end - start) & 3) !== 0) return false;
  let stop = end;
  if (bytes[stop - 1] === padding) stop--;
  if (bytes[stop - 1] === padding) stop--;
  for (let i = start; i < stop; i++) if (values[bytes[i]!]! > 63) return false;
  return (values[bytes[stop - 1]!]! & unusedBits[end - stop]!) === 0;
}

const padding = 0x3d;
/** Bits of the last letter that stand for nothing, by the number of padding characters. */
const unusedBits = [0, 0b11, 0b1111] as const;
/** The six bits of each letter, 64 for what is none. */
const values = new Uint8Array(256).fill(64);
for (const [i, letter] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].entries()) {
  values[letter.charCodeAt(0)] = i;
}
