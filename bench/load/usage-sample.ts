import type { LoadFigures } from "./load-result.ts";
import { type CpuUsage, cpuUsageBetween, readCpuUsage } from "./process-usage.ts";

/** What was used up to a moment: by the load generator itself, in µs of CPU, and by the processes it watches. */
export interface UsageSample {
  /** As `performance.now()`. */
  readonly at: number;
  readonly own: number;
  readonly watched: CpuUsage | null;
}

/** Reads the clock and the CPU times of this process and of those watched. */
export function sampleUsage(watch: readonly number[]): UsageSample {
  const own = process.cpuUsage();
  return {
    at: performance.now(),
    own: own.user + own.system,
    watched: watch.length === 0 ? null : readCpuUsage(...watch),
  };
}

/** The figures of a measured phase in which `requests` were answered. */
export function usageBetween(before: UsageSample, after: UsageSample, requests: number): LoadFigures {
  const seconds = (after.at - before.at) / 1000;
  return {
    seconds,
    requestsPerSecond: requests / seconds,
    ownCpuPerRequest: (after.own - before.own) / requests,
    watched: before.watched && after.watched && cpuUsageBetween(before.watched, after.watched),
  };
}
