import { keyMovement } from "./movement.ts";
import type { Stretch } from "./placement.ts";
import type { Ring } from "./ring.ts";

/** A ring as it is drawn. */
export interface RingLayout {
  /** Share of the keys of each server, 0 to 1, in the order in which the ring was given them. */
  readonly shares: readonly number[];
  /** Whether the shares are those of the circle; else they were counted on a sample of keys. */
  readonly exact: boolean;
  /** Once round from 0 to 1, in order; `end` is where one ends. */
  readonly arcs: readonly Stretch[];
  /** Whether an arc stands where its keys are; else the arcs show shares and nothing more. */
  readonly placed: boolean;
  /** Whether there were too many arcs, so that those of a server that lie close to each other are drawn as one. */
  readonly merged: boolean;
}

/** Keys of the sample where there is no circle; its error is below one percent of all keys. */
const sampledKeys = 20_000;

/**
 * What a ring of `servers` servers looks like in `most` arcs; or in as many as there are servers, if those are more.
 * The shares are true however many arcs are drawn.
 */
export function ringLayout(ring: Ring, servers: number, most: number): RingLayout {
  const { circle } = ring;
  if (circle === null) {
    const shares = sampledShares(ring, servers);
    return { shares, exact: false, arcs: pie(shares), placed: false, merged: false };
  }
  const shares = new Array<number>(servers).fill(0);
  const all: Stretch[] = [];
  let start = 0;
  for (const { end, owner } of circle.stretches()) {
    // Points may lie on one another.
    if (end === start) continue;
    shares[owner]! += (end - start) / circle.size;
    // What belongs to one server in a row is one arc.
    if (all.at(-1)?.owner === owner) all.pop();
    all.push({ end: end / circle.size, owner });
    start = end;
  }
  const merged = all.length > most;
  return { shares, exact: true, arcs: merged ? fewer(all, servers, most) : all, placed: true, merged };
}

/** Cuts the circle into equal sectors, and puts together what a server has within each. */
function fewer(arcs: readonly Stretch[], servers: number, most: number): Stretch[] {
  const sectors = Math.max(1, Math.floor(most / servers));
  const merged: Stretch[] = [];
  const lengths = new Map<number, number>();
  let sector = 0;
  let at = 0;
  const finish = (): void => {
    let end = sector / sectors;
    for (const [owner, length] of [...lengths].sort(([a], [b]) => a - b)) {
      end += length;
      merged.push({ end, owner });
    }
    lengths.clear();
  };
  for (const { end, owner } of arcs) {
    while (at < end) {
      const border = (sector + 1) / sectors;
      const to = Math.min(end, border);
      lengths.set(owner, (lengths.get(owner) ?? 0) + to - at);
      at = to;
      if (to < border) continue;
      finish();
      sector++;
    }
  }
  if (lengths.size > 0) finish();
  return merged;
}

function sampledShares(ring: Ring, servers: number): number[] {
  const labelled = { locate: ring.locate, ids: Array.from({ length: servers }, (_, i) => String(i)) };
  return keyMovement(labelled, labelled, sampledKeys).servers.map(({ before }) => before);
}

function pie(shares: readonly number[]): Stretch[] {
  const arcs: Stretch[] = [];
  let end = 0;
  shares.forEach((share, owner) => {
    end += share;
    if (share > 0) arcs.push({ end, owner });
  });
  return arcs;
}
