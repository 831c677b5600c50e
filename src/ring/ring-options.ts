import type { Address } from "../core/address.ts";

export const distributions = [
  "maglev",
  "ketama",
  "modula",
  "random",
  "jump",
  "rendezvous",
  "hashring",
  "libmemcached",
] as const;
export type Distribution = (typeof distributions)[number];

/** How a pool spreads keys over its servers. */
export interface RingOptions {
  readonly distribution: Distribution;
  /** Name of the hash applied to the key; see `ring/hash/hash-algorithms.ts`. */
  readonly hash: string;
  /** Two characters; only what stands between the first pair of them is hashed (twemproxy's `hash_tag`). */
  readonly tag?: string;
  /** For seedable hashes (xxh3, xxh64, murmur3); 0 if absent. A text counts by its XXH3, as in memcached's proxy. */
  readonly seed?: number | string;
}

/** A member of a ring. `name`, if given, takes the place of the address in key placement. */
export interface RingServer {
  readonly address: Address;
  readonly name?: string;
  /** Share of the keys relative to the other servers, a whole number >= 1. */
  readonly weight: number;
}
