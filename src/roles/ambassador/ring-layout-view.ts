import { ringLayout } from "../../ring/layout.ts";
import { createRing } from "../../ring/ring.ts";
import type { PoolOptions } from "../../upstream/pool-options.ts";

/** The ring of a pool, as it is drawn; shares and ends are of the whole, 0 to 1. */
export interface RingLayoutView {
  readonly pool: string;
  readonly distribution: string;
  readonly hash: string;
  /** False: shares were counted on a sample. */
  readonly exact: boolean;
  /** Whether an arc stands where its keys are. */
  readonly placed: boolean;
  /** Whether arcs were put together, for there were too many. */
  readonly merged: boolean;
  readonly servers: { readonly server: string; readonly share: number; readonly share_in_service: number }[];
  readonly arcs: { readonly server: number; readonly end: number }[];
}

/** Arcs of a drawing; it shows no more at the size of a screen. */
export const mostArcs = 2_000;

/** The last one of each pool, with who was on it: a large ring takes the thread some 100 ms. */
const known = new WeakMap<PoolOptions, { readonly on: string; readonly view: RingLayoutView }>();

/** Lays out the ring as keys go now. `holdsKeys[i]` false: server i is out of it. */
export function ringLayoutView(pool: PoolOptions, holdsKeys: readonly boolean[]): RingLayoutView {
  const on = holdsKeys.join();
  const last = known.get(pool);
  if (last?.on === on) return last.view;
  const view = layOut(pool, holdsKeys);
  known.set(pool, { on, view });
  return view;
}

function layOut({ name, ring, servers }: PoolOptions, holdsKeys: readonly boolean[]): RingLayoutView {
  const now = ringLayout(createRing(ring, servers, holdsKeys), servers.length, mostArcs);
  const isWhole = holdsKeys.every((holds) => holds);
  const whole = isWhole ? now : ringLayout(createRing(ring, servers), servers.length, mostArcs);
  const { exact, placed, merged, arcs, shares } = now;
  return {
    pool: name,
    distribution: ring.distribution,
    hash: ring.hash,
    exact,
    placed,
    merged,
    servers: servers.map(({ id }, i) => ({
      server: id,
      share: short(shares[i]!),
      share_in_service: short(whole.shares[i]!),
    })),
    arcs: arcs.map(({ owner, end }) => ({ server: owner, end: short(end) })),
  };
}

/** A ten-millionth of the ring is a fraction of a pixel, and spares half of the answer. */
function short(part: number): number {
  return Math.round(part * 1e7) / 1e7;
}
