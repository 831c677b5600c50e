import { SoakTally } from "../soak-tally.ts";

/** What a soak of memcache counts besides. */
export class MemcacheTally extends SoakTally {
  /** Values compared in full with what their key demands, and counters with their count. */
  verified = 0;
  /** Answers of which it was known to the version what they had to be. */
  exact = 0;
  /** Keys asked for and not found. */
  misses = 0;
  /** Keys that had to be found and were not, in gets of many keys, where a failed server is a miss by design. */
  partialMisses = 0;
  /** Connections closed by podmate within a value that its server did not finish. */
  cutInValue = 0;
  /** What hostile clients have sent, in lines, about. */
  hostileLines = 0;
}
