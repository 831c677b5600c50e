import type { HashFunction } from "./hash/hash-function.ts";
import { createXxh3, xxh3High } from "./hash/xxh3.ts";
import { type Member, sortedByName } from "./member.ts";
import type { Placement } from "./placement.ts";
import { slotCircle } from "./slot-circle.ts";

/** Slots of the lookup table; a prime, and the small one of the two in the paper. */
export const maglevTableSize = 65_537;

/**
 * Maglev hashing ("Maglev: A Fast and Reliable Software Network Load Balancer", Eisenbud et al., NSDI 2016,
 * section 3.4): servers take turns in claiming the next free slot of their own permutation of the table. A server
 * with a lower weight sits out turns in proportion.
 */
export function createMaglev(members: readonly Member[]): Placement {
  const table = fillTable(sortedByName(members).filter((member) => member.live));
  return { place: (hash) => table[(hash >>> 0) % maglevTableSize]!, circle: slotCircle(table) };
}

/** Typed arrays and no division: a ring is built in a worker, between two requests, whenever a server comes or goes. */
function fillTable(members: readonly Member[]): Uint16Array | Uint32Array {
  const largest = Math.max(...members.map((member) => member.index));
  const table = largest > 0xffff ? new Uint32Array(maglevTableSize) : new Uint16Array(maglevTableSize);
  const taken = new Uint8Array(maglevTableSize);
  const heaviest = Math.max(...members.map((member) => member.weight));
  const slots = new Uint32Array(members.length);
  const skips = new Uint32Array(members.length);
  const credits = new Uint32Array(members.length);
  const hash = createXxh3(0n);
  for (const [turn, { name }] of members.entries()) {
    const { slot, skip } = permutation(name, hash);
    slots[turn] = slot;
    skips[turn] = skip;
  }
  for (let filled = 0; filled < maglevTableSize; ) {
    for (let turn = 0; turn < members.length && filled < maglevTableSize; turn++) {
      const { weight, index } = members[turn]!;
      credits[turn]! += weight;
      if (credits[turn]! < heaviest) continue;
      credits[turn]! -= heaviest;
      const skip = skips[turn]!;
      let slot = slots[turn]!;
      while (taken[slot] === 1) {
        slot += skip;
        if (slot >= maglevTableSize) slot -= maglevTableSize;
      }
      slots[turn] = slot;
      taken[slot] = 1;
      table[slot] = index;
      filled++;
    }
  }
  return table;
}

/** Where a server starts in the table and how far it steps; prime size makes any step reach every slot. */
function permutation(name: string, hash: HashFunction): { slot: number; skip: number } {
  const bytes = Buffer.from(name);
  const slot = (hash(bytes, 0, bytes.length) >>> 0) % maglevTableSize;
  return { slot, skip: ((xxh3High() >>> 0) % (maglevTableSize - 1)) + 1 };
}
