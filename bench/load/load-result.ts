import type { CpuUsage } from "./process-usage.ts";
import type { TallyReport } from "./tally.ts";

/** How the measured phase of a load run went, whatever was asked. CPU in microseconds. */
export interface LoadFigures {
  readonly seconds: number;
  readonly requestsPerSecond: number;
  /** CPU of the load generator itself per request. */
  readonly ownCpuPerRequest: number;
  /** CPU of the watched processes; null if there are none. */
  readonly watched: CpuUsage | null;
}

/** Latencies in microseconds. */
export interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** Result of a memcache load run: what was counted in the measured phase. */
export interface LoadResult extends TallyReport, LoadFigures {}

/** Result of an HTTP load run. */
export interface HttpLoadResult extends LoadFigures {
  /** Answered with status 200 and a body of the right length. */
  readonly requests: number;
  /** Other answers, and requests that were lost or timed out. */
  readonly faults: number;
  readonly latency: Latencies;
}
