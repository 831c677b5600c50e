import { Continuum } from "./continuum.ts";
import { type Member, sortedByName } from "./member.ts";
import type { Placement } from "./placement.ts";

const digestsPerServer = 40;

/**
 * twemproxy 0.5.0's ketama. Ejected servers leave both the total weight and the count, so the points of the others
 * can change too. Names over 83 bytes have no placement to agree with: twemproxy reads past the end of its buffer.
 */
export function createKetama(members: readonly Member[]): Placement {
  return createWeightedKetama(sortedByName(members));
}

/**
 * libmemcached 1.1.4's weighted ketama (MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED). It has the points of twemproxy's, but
 * where two servers share a point, the first in the list owns it and not the first by name.
 */
export function createWeightedKetama(members: readonly Member[]): Placement {
  const live = members.filter((member) => member.live);
  const total = live.reduce((sum, member) => sum + member.weight, 0);
  const continuum = new Continuum();
  for (const { name, weight, index } of live) {
    continuum.addDigests(name, digestCount(weight, total, live.length), index);
  }
  return continuum.toPlacement();
}

/**
 * Digests (four points each) of a server, in the 32-bit floats of the original: with doubles, 25 equal servers
 * would get 40 instead of 39. The 1e-10 that the original adds vanishes in the rounding.
 */
function digestCount(weight: number, total: number, count: number): number {
  const share = Math.fround(Math.fround(weight) / Math.fround(total));
  const points = Math.fround(Math.fround(share * (4 * digestsPerServer)) / 4);
  return Math.floor(Math.fround(points * Math.fround(count)));
}
