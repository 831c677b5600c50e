import { distributionTable } from "./distribution-table.ts";
import { hashAlgorithms } from "./hash/hash-algorithms.ts";
import type { HashFunction } from "./hash/hash-function.ts";
import { hashSeed } from "./hash-seed.ts";
import { taggedHash, taggedPart } from "./hash-tag.ts";
import type { Circle, Placement } from "./placement.ts";
import type { RingOptions, RingServer } from "./ring-options.ts";

/** Finds the server of the key `bytes[start, end)`: its index, or -1 where no server is live. Allocates nothing. */
export type Locate = (bytes: Uint8Array, start: number, end: number) => number;

/** Key → server, for one set of servers in service. Immutable: a change of servers makes another ring. */
export interface Ring {
  readonly locate: Locate;
  /** Why a key is where it is; for people, not for the data path. */
  readonly explain: (key: Uint8Array) => Explanation;
  /** What it looks like; null where the distribution cannot be drawn as a circle, or there is no choice to make. */
  readonly circle: Circle | null;
}

export interface Explanation {
  /** What of the key is hashed: the tag, or all of it. */
  readonly hashedPart: Uint8Array;
  /** In hexadecimal, 8 or 16 digits; null where the server is chosen without looking at the key. */
  readonly hash: string | null;
  /** The point of the circle that decides, as 8 hexadecimal digits; null for distributions without one. */
  readonly point: string | null;
  /** How far round the circle the key lies, from 0 to below 1; null where there is no circle. */
  readonly position: number | null;
  /** Index in the servers as given; -1 where none is live. */
  readonly server: number;
  /** The name that places this server, or null where none is live. */
  readonly ringName: string | null;
}

/**
 * Builds a ring. `live[i] === false` takes server i out of service: as in twemproxy, it leaves the total weight and
 * the count (but see `jump`). Where no more than one server is live, keys are not looked at. The order of `servers`
 * matters to `jump`, and to `libmemcached` and `hashring` where points collide.
 * Throws a RangeError for a hash that does not exist.
 */
export function createRing(
  options: RingOptions,
  servers: readonly RingServer[],
  live?: readonly boolean[],
): Ring {
  const algorithm = hashAlgorithms.get(options.hash);
  if (algorithm === undefined) throw new RangeError(`no hash is called "${options.hash}"`);
  const distribution = distributionTable[options.distribution];
  const members = servers.map((server, index) => ({
    index,
    name: distribution.name(server),
    weight: server.weight,
    live: live?.[index] !== false,
  }));
  const wholeHash = algorithm.create(hashSeed(options.seed));
  const hash = options.tag === undefined ? wholeHash : taggedHash(wholeHash, options.tag);
  const candidates = members.filter((member) => member.live);
  const only = candidates[0]?.index ?? -1;
  const placement = candidates.length > 1 ? distribution.create(members) : null;
  const keyed = placement !== null && options.distribution !== "random";
  const locate = placement === null ? () => only : createLocate(hash, algorithm.high, placement, keyed);

  const circle = placement?.circle ?? null;

  return {
    locate,
    circle,
    explain(key) {
      const server = locate(key, 0, key.length);
      const low = hash(key, 0, key.length);
      const high = algorithm.high?.();
      return {
        hashedPart: options.tag === undefined ? key : taggedPart(key, options.tag),
        hash: keyed ? (high === undefined ? "" : hex(high)) + hex(low) : null,
        point: placement?.point !== undefined ? hex(placement.point(low)) : null,
        position: circle === null ? null : circle.position(low) / circle.size,
        server,
        ringName: members[server]?.name ?? null,
      };
    },
  };
}

/** One closure per case, so that a request pays for nothing that its pool does not use. */
function createLocate(
  hash: HashFunction,
  high: (() => number) | undefined,
  { place }: Placement,
  keyed: boolean,
): Locate {
  if (!keyed) return () => place(0, 0);
  if (high === undefined) return (bytes, start, end) => place(hash(bytes, start, end), 0);
  return (bytes, start, end) => place(hash(bytes, start, end), high());
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
