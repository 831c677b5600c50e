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

function fillTable(members: readonly Member[]): Uint32Array {
  const table = new Uint32Array(maglevTableSize);
  const taken = new Uint8Array(maglevTableSize);
  const heaviest = Math.max(...members.map((member) => member.weight));
  const hash = createXxh3(0n);
  const turns = members.map((member) => ({ ...member, ...permutation(member.name, hash), credit: 0 }));
  for (let filled = 0; filled < maglevTableSize; ) {
    for (const turn of turns) {
      turn.credit += turn.weight;
      if (turn.credit < heaviest) continue;
      turn.credit -= heaviest;
      while (taken[turn.slot]) turn.slot = (turn.slot + turn.skip) % maglevTableSize;
      taken[turn.slot] = 1;
      table[turn.slot] = turn.index;
      if (++filled === maglevTableSize) break;
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
