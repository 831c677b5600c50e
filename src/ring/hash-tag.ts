import type { HashFunction } from "./hash/hash-function.ts";

/**
 * Hashes only what stands between the first opening character and the first closing one after it, if that is at
 * least one byte, and else the whole key (twemproxy's `hash_tag`, verified against 0.5.0).
 */
export function taggedHash(hash: HashFunction, tag: string): HashFunction {
  const open = tag.charCodeAt(0);
  const close = tag.charCodeAt(1);
  return (bytes, start, end) => {
    const first = find(bytes, open, start, end);
    if (first < 0) return hash(bytes, start, end);
    const last = find(bytes, close, first + 1, end);
    return last > first + 1 ? hash(bytes, first + 1, last) : hash(bytes, start, end);
  };
}

/** What of a key counts for its place. */
export function taggedPart(key: Uint8Array, tag: string): Uint8Array {
  const first = find(key, tag.charCodeAt(0), 0, key.length);
  const last = first < 0 ? -1 : find(key, tag.charCodeAt(1), first + 1, key.length);
  return last > first + 1 ? key.subarray(first + 1, last) : key;
}

function find(bytes: Uint8Array, byte: number, start: number, end: number): number {
  for (let i = start; i < end; i++) if (bytes[i] === byte) return i;
  return -1;
}
