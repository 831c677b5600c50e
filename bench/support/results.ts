import type { Latencies, LoadFigures } from "../load/load-result.ts";
import type { MemoryUsage } from "../load/process-usage.ts";
import type { Environment } from "./environment.ts";
import { pairedRatio, type Spread, spread } from "./statistics.ts";

/** What a run of a benchmark measured; the whole is written as JSON, and everything shown is derived from it. */
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
  /** Before any client connected, and after all rounds; of all its processes, in KiB. */
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
  /** Of requests that may find nothing: how often they did. */
  readonly misses: number;
  /** CPU of the load generator in µs per request. */
  readonly loadCpu: number;
}

export type Figure = "cpu" | "userCpu" | "systemCpu" | "throughput" | "p50" | "p99" | "p999";

/** What the load generator counted in a round beside its figures; see `Round`. */
interface RoundCounts {
  readonly requests: number;
  readonly faults: number;
  readonly misses: number;
}

/** The figures of a round, per request, from what the load generator reported. */
export function roundOf(result: LoadFigures & { readonly latency: Latencies }, counts: RoundCounts): Round {
  const { watched } = result;
  if (watched === null) throw new Error("the load generator watched no process");
  return {
    ...counts,
    cpu: watched.total / counts.requests,
    userCpu: watched.user / counts.requests,
    systemCpu: watched.system / counts.requests,
    throughput: result.requestsPerSecond,
    p50: result.latency.p50,
    p99: result.latency.p99,
    p999: result.latency.p999,
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

/** Peers that a bench compares podmate with, as one: the better of them counts. */
export interface Reference {
  readonly label: string;
  readonly names: readonly string[];
}

/** The references of which at least one member was measured. */
export function measuredReferences(scenario: ScenarioResult, references: readonly Reference[]): Reference[] {
  return references.filter(({ names }) => scenario.contenders.some(({ name }) => names.includes(name)));
}

/** Ours through the better of the reference's, in the sense of the figure; NaN if none of them was measured. */
export function ratioToBetter(
  ours: ContenderResult,
  scenario: ScenarioResult,
  reference: Reference,
  name: Figure,
): number {
  const ratios = scenario.contenders
    .filter((contender) => reference.names.includes(contender.name))
    .map((theirs) => ratio(ours, theirs, name));
  if (ratios.length === 0) return Number.NaN;
  return name === "throughput" ? Math.min(...ratios) : Math.max(...ratios);
}
