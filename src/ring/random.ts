import type { Member } from "./member.ts";
import type { Placement } from "./placement.ts";

/** Any live server, anew for each request; keys and weights do not matter. */
export function createRandom(members: readonly Member[]): Placement {
  const live = Uint32Array.from(members.filter((member) => member.live).map((member) => member.index));
  return { place: () => live[Math.floor(Math.random() * live.length)]! };
}
