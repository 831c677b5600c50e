import type { Locate } from "./ring.ts";

/** A ring with a label for each of its servers, in the order in which the ring was given them. */
export interface LabelledRing {
  readonly locate: Locate;
  /** What tells whether a server is the same in both rings; `null` stands for no live server. */
  readonly ids: readonly string[];
}

/** Shares are of all keys, 0 to 1. */
export interface Movement {
  /** Keys looked at. */
  readonly keys: number;
  /** Share of the keys whose server is another one. */
  readonly moved: number;
  /** Who loses keys to whom, the largest share first. */
  readonly moves: readonly {
    readonly from: string | null;
    readonly to: string | null;
    readonly share: number;
  }[];
  /** What each server holds before and after, in the order of the old ring, then new servers. */
  readonly servers: readonly { readonly id: string; readonly before: number; readonly after: number }[];
}

const sampleSize = 100_000;

/**
 * Which keys get another server when one ring takes the place of another, from a sample that is the same on each call
 * (its error is below half a percent of all keys). Says nothing useful of `random`, where a key has no server.
 */
export function keyMovement(before: LabelledRing, after: LabelledRing, keys = sampleSize): Movement {
  const key = Buffer.from("sample:00000000");
  const moves = new Map<string, { from: string | null; to: string | null; count: number }>();
  const held = new Map([...before.ids, ...after.ids].map((id) => [id, { before: 0, after: 0 }]));
  for (let i = 0; i < keys; i++) {
    writeDigits(key, i);
    const from = before.ids[before.locate(key, 0, key.length)] ?? null;
    const to = after.ids[after.locate(key, 0, key.length)] ?? null;
    if (from !== null) held.get(from)!.before++;
    if (to !== null) held.get(to)!.after++;
    if (from === to) continue;
    const pair = JSON.stringify([from, to]);
    const move = moves.get(pair) ?? { from, to, count: 0 };
    move.count++;
    moves.set(pair, move);
  }
  const sorted = [...moves.values()].sort((a, b) => b.count - a.count);
  return {
    keys,
    moved: sorted.reduce((sum, { count }) => sum + count, 0) / keys,
    moves: sorted.map(({ from, to, count }) => ({ from, to, share: count / keys })),
    servers: [...held].map(([id, each]) => ({ id, before: each.before / keys, after: each.after / keys })),
  };
}

/** Writes a number into the last eight bytes, which spares a string per key. */
function writeDigits(key: Uint8Array, number: number): void {
  for (let at = key.length - 1, rest = number; at >= key.length - 8; at--) {
    key[at] = 0x30 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}
