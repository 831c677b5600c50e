import type { BenchResults, ContenderResult, Round, ScenarioResult } from "../../bench/support/results.ts";

/** A round of made-up figures that all follow from the CPU per request in µs. */
export function round(cpu: number, faults = 0): Round {
  const latencies = { p50: cpu * 100, p99: cpu * 200, p999: cpu * 300 };
  const work = { throughput: 1e6 / cpu, requests: 1000, faults, misses: 0, loadCpu: 5 };
  return { cpu, userCpu: cpu / 4, systemCpu: (cpu * 3) / 4, ...latencies, ...work };
}

export function contender(name: string, rounds: readonly Round[]): ContenderResult {
  const memory = { resident: 50_000, peak: 70_000, proportional: 40_000 };
  return { name, version: `${name} 1.0`, idle: memory, loaded: memory, rounds };
}

/** Results of one run on a made-up machine. */
export function benchResults(scenarios: readonly ScenarioResult[]): BenchResults {
  return {
    environment: {
      date: "2026-01-02",
      commit: "abc",
      cpu: "a CPU",
      cores: 2,
      memoryMiB: 4096,
      kernel: "6.1",
      node: "v26",
    },
    method: { seconds: 3, warmup: 2, rounds: 3 },
    scenarios,
  };
}
