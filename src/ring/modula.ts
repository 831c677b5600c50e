import { type Member, sortedByName } from "./member.ts";
import type { Placement } from "./placement.ts";
import { slotCircle } from "./slot-circle.ts";

/** twemproxy's modula: each server as often as its weight says, by name; the hash modulo the length of that list. */
export function createModula(members: readonly Member[]): Placement {
  const live = sortedByName(members).filter((member) => member.live);
  const slots = new Uint32Array(live.reduce((sum, member) => sum + member.weight, 0));
  let filled = 0;
  for (const { index, weight } of live) {
    slots.fill(index, filled, filled + weight);
    filled += weight;
  }
  return { place: (hash) => slots[(hash >>> 0) % slots.length]!, circle: slotCircle(slots) };
}
