import type { CpuUsage } from "./process-usage.ts";
import type { TallyReport } from "./tally.ts";

/** Result of a load run: what was counted in the measured phase. CPU in microseconds. */
export interface LoadResult extends TallyReport {
  readonly seconds: number;
  readonly requestsPerSecond: number;
  /** CPU of the load generator itself per request. */
  readonly ownCpuPerRequest: number;
  /** CPU of the watched process. */
  readonly watched: CpuUsage | null;
}
