import { distributionTable } from "./distribution-table.ts";
import { hashAlgorithms } from "./hash/hash-algorithms.ts";
import type { RingOptions } from "./ring-options.ts";

/**
 * What an operator should know of a ring that spreads similar keys unevenly, as one sentence; null where it does not.
 * Keys such as user-1001, user-1002, … differ in their last bytes only; FNV and CRC leave those close together, and
 * ketama and modula do not part them: up to twice its share for one of four servers, with modula sometimes all keys
 * (`npm run bench -- ring`).
 */
export function unevenKeys({
  distribution,
  hash,
}: Pick<RingOptions, "distribution" | "hash">): string | null {
  if (!distributionTable[distribution].trustsHash || hashAlgorithms.get(hash)?.mixes !== false) return null;
  return `${distribution} with ${hash} spreads similar keys (user-1001, user-1002, …) unevenly; keep it only to place keys as another proxy does, otherwise use maglev, or a hash such as md5`;
}
