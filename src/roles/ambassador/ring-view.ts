import { formatAddress } from "../../core/address.ts";
import { createRing } from "../../ring/ring.ts";
import type { PoolOptions } from "../../upstream/pool-options.ts";

/** Who owns a key, and why. */
export interface RingView {
  readonly pool: string;
  readonly key: string;
  readonly distribution: string;
  readonly hash: string;
  /** What of the key is hashed: all of it, or what stands within the tag. */
  readonly hashed_part: string;
  /** null where the pool has no choice to make. */
  readonly hash_hex: string | null;
  /** Point of the circle that decides; null for distributions without one. */
  readonly point_hex: string | null;
  /** How far round the ring, as it is now, the key lies, from 0 to below 1; null where it has no place there. */
  readonly position: number | null;
  readonly owner: OwnerView | null;
  /** Where the key goes now: the owner, unless that drains or is ejected and the pool rehashes. */
  readonly served_by: OwnerView | null;
}

export interface OwnerView {
  readonly server: string;
  readonly address: string;
  /** What the server's place on the ring comes from. */
  readonly ring_name: string;
  readonly weight: number;
}

/** Explains a key's place. `holdsKeys[i]` false: server i is out of the ring now. */
export function ringView(pool: PoolOptions, key: string, holdsKeys?: readonly boolean[]): RingView {
  const bytes = Buffer.from(key);
  const whole = createRing(pool.ring, pool.servers).explain(bytes);
  const now = holdsKeys === undefined ? whole : createRing(pool.ring, pool.servers, holdsKeys).explain(bytes);
  const view = ({ server, ringName }: { server: number; ringName: string | null }): OwnerView | null => {
    const options = pool.servers[server];
    if (options === undefined || ringName === null) return null;
    return {
      server: options.id,
      address: formatAddress(options.address),
      ring_name: ringName,
      weight: options.weight,
    };
  };
  return {
    pool: pool.name,
    key,
    distribution: pool.ring.distribution,
    hash: pool.ring.hash,
    hashed_part: Buffer.from(whole.hashedPart).toString(),
    hash_hex: whole.hash,
    point_hex: whole.point,
    position: now.position,
    owner: view(whole),
    served_by: view(now),
  };
}
