import { crc16 } from "./crc16.ts";
import { crc32 } from "./crc32.ts";
import { crc32a } from "./crc32a.ts";
import { fnv1x32 } from "./fnv1-32.ts";
import { fnv1x64 } from "./fnv1-64.ts";
import { fnv1ax32 } from "./fnv1a-32.ts";
import { fnv1ax64 } from "./fnv1a-64.ts";
import type { HashFunction } from "./hash-function.ts";
import { hsieh } from "./hsieh.ts";
import { jenkins } from "./jenkins.ts";
import { md5 } from "./md5.ts";
import { murmur } from "./murmur.ts";
import { createMurmur3 } from "./murmur3.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { createXxh3, xxh3High } from "./xxh3.ts";
import { createXxh64, xxh64High } from "./xxh64.ts";

/** A way to hash keys that a pool can name. */
export interface HashAlgorithm {
  /** One sentence for the operator. */
  readonly doc: string;
  /** Whether every bit of it depends on all of the key, so that keys that differ in a digit lie far apart. */
  readonly mixes: boolean;
  /** Whether a pool's `seed` means anything to it. */
  readonly seedable: boolean;
  /** `seed` is unsigned, of 64 bits; algorithms with smaller seeds take its low part. */
  readonly create: (seed: bigint) => HashFunction;
  /** For 64-bit hashes: the high half of what the function computed last. */
  readonly high?: () => number;
}

function fixed(hash: HashFunction, doc: string, mixes = true): HashAlgorithm {
  return { doc, mixes, seedable: false, create: () => hash };
}

/** Every hash function by the name that configuration uses; those of twemproxy have its names and values. */
export const hashAlgorithms: ReadonlyMap<string, HashAlgorithm> = new Map([
  ["one_at_a_time", fixed(oneAtATime, "Jenkins one-at-a-time, over signed bytes as in twemproxy.")],
  [
    "md5",
    fixed(md5, "First four bytes of the MD5 digest, little-endian; what libmemcached and hashring use."),
  ],
  ["crc16", fixed(crc16, "CRC-16/XMODEM in an unmasked 32-bit register, as in twemproxy.", false)],
  [
    "crc32",
    fixed(crc32, "Bits 16 to 30 of the CRC-32, as in libmemcached; unfit for ketama (15 bits).", false),
  ],
  ["crc32a", fixed(crc32a, "The whole CRC-32 of zlib.")],
  ["fnv1_64", fixed(fnv1x64, "Low half of the 64-bit FNV-1, over signed bytes.", false)],
  [
    "fnv1a_64",
    fixed(fnv1ax64, "FNV-1a with twemproxy's 32-bit state, over signed bytes; twemproxy's default.", false),
  ],
  ["fnv1_32", fixed(fnv1x32, "32-bit FNV-1, over signed bytes.", false)],
  ["fnv1a_32", fixed(fnv1ax32, "32-bit FNV-1a, over signed bytes.", false)],
  ["hsieh", fixed(hsieh, "SuperFastHash started from 0, as in twemproxy.")],
  ["murmur", fixed(murmur, "MurmurHash2 seeded from the length, as in twemproxy.")],
  ["jenkins", fixed(jenkins, "Jenkins lookup3 (hashlittle) with initial value 13, as in twemproxy.")],
  [
    "murmur3",
    {
      doc: "MurmurHash3_x86_32, with a seed of 32 bits.",
      mixes: true,
      seedable: true,
      create: (seed) => createMurmur3(Number(BigInt.asIntN(32, seed))),
    },
  ],
  [
    "xxh3",
    {
      doc: "XXH3 with 64 bits and a seed; with `jump`, the default of memcached's own proxy.",
      mixes: true,
      seedable: true,
      create: createXxh3,
      high: xxh3High,
    },
  ],
  [
    "xxh64",
    {
      doc: "XXH64, with a seed.",
      mixes: true,
      seedable: true,
      create: (seed) => createXxh64(Number(BigInt.asIntN(32, seed >> 32n)), Number(BigInt.asIntN(32, seed))),
      high: xxh64High,
    },
  ],
]);
