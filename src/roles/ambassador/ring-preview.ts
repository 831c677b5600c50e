import { keyMovement } from "../../ring/movement.ts";
import { createRing } from "../../ring/ring.ts";
import type { PoolOptions, ServerOptions } from "../../upstream/pool-options.ts";

/** What would become of the keys of a pool; shares are of all keys, 0 to 1. */
export interface RingPreview {
  readonly pool: string;
  /** Keys that were looked at: a sample, the same on each call. */
  readonly sampled_keys: number;
  readonly moved_share: number;
  /** Who would lose keys to whom, the largest share first; null stands for no server. */
  readonly moves: readonly {
    readonly from: string | null;
    readonly to: string | null;
    readonly share: number;
  }[];
  /** What each server holds, and would hold. */
  readonly servers: readonly {
    readonly server: string;
    readonly share_before: number;
    readonly share_after: number;
  }[];
}

/** Blocks the thread for some 10 ms; the error of a share is below 1 % of all keys. */
const sampledKeys = 20_000;

/**
 * What moves if `servers` take the place of the pool's. Whoever is out of the ring now, as `holdsKeys` says by id, is so on both
 * sides, unless it is among the `servers` as one that no longer drains.
 */
export function ringPreview(
  pool: PoolOptions,
  servers: readonly ServerOptions[],
  holdsKeys: (server: ServerOptions) => boolean,
): RingPreview {
  const labelled = (members: readonly ServerOptions[]) => ({
    locate: createRing(pool.ring, members, members.map(holdsKeys)).locate,
    ids: members.map(({ id }) => id),
  });
  const movement = keyMovement(labelled(pool.servers), labelled(servers), sampledKeys);
  return {
    pool: pool.name,
    sampled_keys: movement.keys,
    moved_share: movement.moved,
    moves: movement.moves,
    servers: movement.servers.map(({ id, before, after }) => ({
      server: id,
      share_before: before,
      share_after: after,
    })),
  };
}
