import type { RequestParser } from "../../../memcache/request-parser.ts";
import { command } from "../../../observe/metric-labels.ts";

/** What a request does to its key, and so whether it may be sent again when nobody knows whether it was done. */
export const effect = {
  /** Changes nothing. */
  read: 0,
  /** Changes the key to a state that does not depend on the one before: done twice is done once. */
  repeatable: 1,
  /** Done twice is not done once, or is judged by what is there: incr, append, add, cas, meta writes. */
  once: 2,
} as const;

const repeatable = new Set<number>([command.set, command.delete, command.touch, command.gat, command.gats]);
const reads = new Set<number>([command.get, command.gets, command.me]);

/** The effect of the request that `request` has parsed from `bytes`. */
export function effectOf(request: RequestParser, bytes: Uint8Array): number {
  const index = request.command;
  if (reads.has(index)) return effect.read;
  if (index === command.mg) return changesItem(request, bytes) ? effect.repeatable : effect.read;
  return repeatable.has(index) ? effect.repeatable : effect.once;
}

/** An `mg` with a T sets the expiry, one with an N makes an item where there is none. */
function changesItem({ words, wordCount }: RequestParser, bytes: Uint8Array): boolean {
  for (let i = 2; i < wordCount; i++) {
    const letter = bytes[words[2 * i]!];
    if (letter === 0x54 || letter === 0x4e) return true;
  }
  return false;
}
