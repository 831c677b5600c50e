import { createHashring } from "./hashring.ts";
import { createJump } from "./jump.ts";
import { createKetama, createWeightedKetama } from "./ketama.ts";
import { createMaglev } from "./maglev.ts";
import type { Member } from "./member.ts";
import { createModula } from "./modula.ts";
import type { Placement } from "./placement.ts";
import { createRandom } from "./random.ts";
import { createRendezvous } from "./rendezvous.ts";
import { hashringRingName, libmemcachedRingName, ringName } from "./ring-name.ts";
import type { Distribution, RingServer } from "./ring-options.ts";

/** What a distribution is and what it takes. */
export interface DistributionEntry {
  /** One sentence for the operator. */
  readonly doc: string;
  /** Whether the weights of servers shape it, are without effect, or must all be 1. */
  readonly weights: "used" | "ignored" | "refused";
  /** The hash a pool gets that names none. */
  readonly defaultHash: string;
  /** Whether that is the only hash allowed. */
  readonly fixedHash: boolean;
  /** Whether keys lie as unevenly as a hash that does not mix them leaves them. */
  readonly trustsHash: boolean;
  /** Under which name a server enters it. */
  readonly name: (server: RingServer) => string;
  /** Builds it from at least two live members. */
  readonly create: (members: readonly Member[]) => Placement;
}

/** The one table of distributions. */
export const distributionTable: Readonly<Record<Distribution, DistributionEntry>> = {
  ketama: {
    doc: "twemproxy's ketama: 160 points per server on a circle, weighted; placement identical to twemproxy 0.5.0.",
    weights: "used",
    defaultHash: "fnv1a_64",
    fixedHash: false,
    trustsHash: true,
    name: ringName,
    create: createKetama,
  },
  modula: {
    doc: "twemproxy's modula: the hash modulo the servers, weighted; nearly every key moves when one comes or goes.",
    weights: "used",
    defaultHash: "fnv1a_64",
    fixedHash: false,
    trustsHash: true,
    name: ringName,
    create: createModula,
  },
  random: {
    doc: "Any server, chosen for each request.",
    weights: "ignored",
    defaultHash: "fnv1a_64",
    fixedHash: false,
    trustsHash: false,
    name: ringName,
    create: createRandom,
  },
  jump: {
    doc: "Jump consistent hash over the order of the list, as in memcached's own proxy; grows and shrinks at its end.",
    weights: "refused",
    defaultHash: "xxh3",
    fixedHash: false,
    trustsHash: false,
    name: ringName,
    create: createJump,
  },
  maglev: {
    doc: "Google's Maglev table of 65,537 slots, weighted: the most even spread with any hash, at a constant cost per key.",
    weights: "used",
    defaultHash: "xxh3",
    fixedHash: false,
    trustsHash: false,
    name: ringName,
    create: createMaglev,
  },
  rendezvous: {
    doc: "Highest random weight: the fewest keys move, weighted; the cost per key grows with the number of servers.",
    weights: "used",
    defaultHash: "xxh3",
    fixedHash: false,
    trustsHash: false,
    name: ringName,
    create: createRendezvous,
  },
  hashring: {
    doc: "The ring of the npm packages hashring and memcached, weighted; placement identical to hashring 3.2.",
    weights: "used",
    defaultHash: "md5",
    fixedHash: true,
    trustsHash: true,
    name: hashringRingName,
    create: createHashring,
  },
  libmemcached: {
    doc: "libmemcached's weighted ketama (KETAMA_WEIGHTED); placement identical to libmemcached 1.1.4.",
    weights: "used",
    defaultHash: "md5",
    fixedHash: false,
    trustsHash: true,
    name: libmemcachedRingName,
    create: createWeightedKetama,
  },
};
