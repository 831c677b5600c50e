import type { Circle } from "./placement.ts";

/** A table that is looked up by the hash modulo its length, laid round. */
export function slotCircle(slots: Uint16Array | Uint32Array): Circle {
  return {
    size: slots.length,
    position: (hash) => (hash >>> 0) % slots.length,
    *stretches() {
      for (let i = 0; i < slots.length; i++) yield { end: i + 1, owner: slots[i]! };
    },
  };
}
