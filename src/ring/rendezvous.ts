import { avalanche32, murmur3x32 } from "./hash/murmur3.ts";
import { type Member, sortedByName } from "./member.ts";
import type { Placement } from "./placement.ts";

/**
 * Rendezvous hashing ("Using Name-Based Mappings to Increase Hit Rates", Thaler and Ravishankar 1998): each server
 * draws a number for the key, the highest wins, so only the keys of a server that comes or goes move. With unequal
 * weights a draw u in (0, 1) counts as weight / -ln(u) (Schindelhauer and Schomaker 2005); with equal ones u alone
 * gives the same order. Costs a step per server and request.
 */
export function createRendezvous(members: readonly Member[]): Placement {
  const live = sortedByName(members).filter((member) => member.live);
  const indexes = Uint32Array.from(live, (member) => member.index);
  const seeds = Int32Array.from(live, (member) => seedOf(member.name));
  const weights = Float64Array.from(live, (member) => member.weight);
  const equal = weights.every((weight) => weight === weights[0]);
  return {
    place: equal
      ? (hash) => indexes[highestDraw(hash, seeds)]!
      : (hash) => indexes[highestScore(hash, seeds, weights)]!,
  };
}

function seedOf(name: string): number {
  const bytes = Buffer.from(name);
  return murmur3x32(bytes, 0, bytes.length, 0);
}

function highestDraw(hash: number, seeds: Int32Array): number {
  let best = 0;
  let highest = -1;
  for (let i = 0; i < seeds.length; i++) {
    const draw = avalanche32(hash ^ seeds[i]!) >>> 0;
    if (draw > highest) {
      highest = draw;
      best = i;
    }
  }
  return best;
}

function highestScore(hash: number, seeds: Int32Array, weights: Float64Array): number {
  let best = 0;
  let highest = -1;
  for (let i = 0; i < seeds.length; i++) {
    const draw = ((avalanche32(hash ^ seeds[i]!) >>> 0) + 0.5) * 2 ** -32;
    const score = weights[i]! / -Math.log(draw);
    if (score > highest) {
      highest = score;
      best = i;
    }
  }
  return best;
}
