/**
 * Paul Hsieh's SuperFastHash as twemproxy 0.5.0 computes it: it starts from 0 and not from the length, and the
 * last byte of a tail of three is a signed `char`.
 */
export function hsieh(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    hash = (hash + (bytes[i]! | (bytes[i + 1]! << 8))) | 0;
    const mixed = ((bytes[i + 2]! | (bytes[i + 3]! << 8)) << 11) ^ hash;
    hash = (hash << 16) ^ mixed;
    hash = (hash + (hash >>> 11)) | 0;
  }
  const rest = end - i;
  if (rest === 3) {
    hash = (hash + (bytes[i]! | (bytes[i + 1]! << 8))) | 0;
    hash ^= hash << 16;
    hash ^= ((bytes[i + 2]! << 24) >> 24) << 18;
    hash = (hash + (hash >>> 11)) | 0;
  } else if (rest === 2) {
    hash = (hash + (bytes[i]! | (bytes[i + 1]! << 8))) | 0;
    hash ^= hash << 11;
    hash = (hash + (hash >>> 17)) | 0;
  } else if (rest === 1) {
    hash = (hash + bytes[i]!) | 0;
    hash ^= hash << 10;
    hash = (hash + (hash >>> 1)) | 0;
  }
  hash ^= hash << 3;
  hash = (hash + (hash >>> 5)) | 0;
  hash ^= hash << 4;
  hash = (hash + (hash >>> 17)) | 0;
  hash ^= hash << 25;
  return (hash + (hash >>> 6)) | 0;
}
