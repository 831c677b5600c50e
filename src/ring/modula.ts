import { type Member, sortedByName } from "./member.ts";
import type { Placement } from "./placement.ts";

/** twemproxy's modula: each server as often as its weight says, by name; the hash modulo the length of that list. */
export function createModula(members: readonly Member[]): Placement {
  const live = sortedByName(members).filter((member) => member.live);
  const slots = Uint32Array.from(live.flatMap(({ index, weight }) => Array<number>(weight).fill(index)));
  return { place: (hash) => slots[(hash >>> 0) % slots.length]! };
}
