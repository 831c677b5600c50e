import { formatAddress } from "../../core/address.ts";
import type { RingServer } from "../../ring/ring-options.ts";

/**
 * Gives every key an order of all servers, by rendezvous hashing: that of their scores for the key. A server that
 * comes or goes changes nothing between the others. Weights do not count: it is for the few keys that cannot go where the
 * ring sends them.
 */
export class KeySpread {
  private readonly seeds: Uint32Array;

  constructor(servers: readonly RingServer[]) {
    this.seeds = Uint32Array.from(servers, (server) => {
      const name = Buffer.from(server.name ?? formatAddress(server.address));
      return this.hash(name, 0, name.length);
    });
  }

  /** FNV-1a (32 bit) of bytes[start, end), mixed as MurmurHash3 does at its end, so that short keys spread, too. */
  hash(bytes: Uint8Array, start: number, end: number): number {
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    return mix(hash);
  }

  /** The first server in the order of the key with this hash that is `eligible`; -1 if none is. */
  first(hash: number, eligible: (index: number) => boolean): number {
    let best = -1;
    let bestScore = -1;
    for (let i = 0; i < this.seeds.length; i++) {
      const score = mix(hash ^ this.seeds[i]!);
      if (score > bestScore && eligible(i)) {
        best = i;
        bestScore = score;
      }
    }
    return best;
  }
}

/** Finalizer of MurmurHash3 (32 bit). */
function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
