import { createXxh3, xxh3High } from "./hash/xxh3.ts";

/**
 * The seed of a pool as an unsigned number of 64 bits: a number as it is, a text by its XXH3, which is how
 * memcached's own proxy takes its seeds; 0 where there is none.
 */
export function hashSeed(seed: number | string | undefined): bigint {
  if (typeof seed !== "string") return BigInt(seed ?? 0);
  const text = Buffer.from(seed);
  const low = createXxh3(0n)(text, 0, text.length);
  return (BigInt(xxh3High() >>> 0) << 32n) | BigInt(low >>> 0);
}
