import { readMemoryUsage } from "../load/process-usage.ts";
import type { Contender, RunningContender } from "./contender.ts";
import type { ContenderResult, Round, ScenarioResult } from "./results.ts";

/** A fresh process settles before its idle memory is read. */
const settleMs = 1500;
/** Unmeasured load at the beginning of each round, in seconds. */
const roundWarmup = 0.3;

/** What all kinds of load have. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
}

/** How one run of the load generator differs from the others of its scenario. Times in seconds. */
export interface LoadRun {
  readonly seconds: number;
  readonly warmup: number;
  /** The first of a contender's runs may have something to store first. */
  readonly first: boolean;
  readonly seed: number;
}

/** Drives a contender with the load of a scenario, from a process of its own, and measures it. */
export type RunLoad<S extends Scenario> = (
  target: RunningContender,
  scenario: S,
  run: LoadRun,
) => Promise<Round>;

/** Times in seconds. */
export interface RunTimes {
  readonly seconds: number;
  readonly warmup: number;
  readonly rounds: number;
}

/** Starts all contenders afresh, warms them up, and loads them in turn, round after round. */
export async function runScenario<S extends Scenario>(
  scenario: S,
  contenders: readonly Contender[],
  runLoad: RunLoad<S>,
  times: RunTimes,
): Promise<ScenarioResult> {
  const running: RunningContender[] = [];
  try {
    for (const contender of contenders) running.push(await contender.start());
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    const idle = running.map(({ pids }) => readMemoryUsage(...pids));
    for (const target of running) await runLoad(target, scenario, warmUp(times.warmup));
    const rounds: Round[][] = contenders.map(() => []);
    for (let round = 0; round < times.rounds; round++) {
      for (const [index, target] of running.entries()) {
        const run = { seconds: times.seconds, warmup: roundWarmup, first: false, seed: 2 + round };
        rounds[index]!.push(await runLoad(target, scenario, run));
      }
    }
    const results = contenders.map(({ name, version }, index): ContenderResult => {
      const loaded = readMemoryUsage(...running[index]!.pids);
      return { name, version, idle: idle[index]!, loaded, rounds: rounds[index]! };
    });
    return { id: scenario.id, title: scenario.title, contenders: results };
  } finally {
    await Promise.all(running.map((target) => target.stop()));
  }
}

/** The run before the first round, whose figures do not count. */
export function warmUp(seconds: number): LoadRun {
  return { seconds: Math.max(seconds, 0.1), warmup: 0, first: true, seed: 1 };
}
