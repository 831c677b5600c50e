import type { LoadResult } from "../load/load-result.ts";
import type { MemoryUsage } from "../load/process-usage.ts";
import type { Environment } from "../support/environment.ts";
import { pairedRatio, type Spread, spread } from "../support/statistics.ts";

/** What a run of the benchmark measured; the whole is written as JSON, and everything shown is derived from it. */
export interface BenchResults {
  readonly environment: Environment;
  readonly method: { readonly seconds: number; readonly warmup: number; readonly rounds: number };
  readonly scenarios: readonly ScenarioResult[];
}

export interface ScenarioResult {
  readonly id: string;
  readonly title: string;
  readonly contenders: readonly ContenderResult[];
}

export interface ContenderResult {
  readonly name: string;
  readonly version: string;
  /** Before any client connected, and after all rounds; KiB. */
  readonly idle: MemoryUsage;
  readonly loaded: MemoryUsage;
  readonly rounds: readonly Round[];
}

/** One round: CPU of the proxy in µs per request, latencies in µs. */
export interface Round {
  readonly cpu: number;
  readonly userCpu: number;
  readonly systemCpu: number;
  readonly throughput: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly requests: number;
  /** Answers that were wrong, errors or missing. */
  readonly faults: number;
  readonly misses: number;
  /** CPU of the load generator in µs per request. */
  readonly loadCpu: number;
}

export type Figure = "cpu" | "userCpu" | "systemCpu" | "throughput" | "p50" | "p99" | "p999";

/** The figures of a round from what the load generator reported. */
export function roundOf(result: LoadResult): Round {
  const { requests, latency, watched } = result;
  if (watched === null) throw new Error("the load generator watched no process");
  return {
    cpu: watched.total / requests,
    userCpu: watched.user / requests,
    systemCpu: watched.system / requests,
    throughput: result.requestsPerSecond,
    p50: latency.p50,
    p99: latency.p99,
    p999: latency.p999,
    requests,
    faults: result.wrong + result.serverErrors + result.clientErrors + result.lost + result.reconnects,
    misses: result.misses,
    loadCpu: result.ownCpuPerRequest,
  };
}

/** A figure over the rounds of a contender. */
export function figure(contender: ContenderResult, name: Figure): Spread {
  return spread(contender.rounds.map((round) => round[name]));
}

/** Ours through theirs, by pairs of rounds. */
export function ratio(ours: ContenderResult, theirs: ContenderResult, name: Figure): number {
  return pairedRatio(
    ours.rounds.map((round) => round[name]),
    theirs.rounds.map((round) => round[name]),
  );
}
