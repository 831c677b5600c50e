import { readMemoryUsage } from "../load/process-usage.ts";
import type { Contender, RunningContender } from "./contender.ts";
import { type ContenderResult, type Round, roundOf, type ScenarioResult } from "./results.ts";
import { runLoad } from "./run-load.ts";
import type { Scenario } from "./scenarios.ts";

/** A fresh process settles before its idle memory is read. */
const settleMs = 1500;
/** Unmeasured load at the beginning of each round, in seconds. */
const roundWarmup = 0.3;

/** Starts all contenders afresh, warms them up, and loads them in turn, round after round. Times in seconds. */
export async function runScenario(
  scenario: Scenario,
  contenders: readonly Contender[],
  options: { readonly seconds: number; readonly warmup: number; readonly rounds: number },
): Promise<ScenarioResult> {
  const running: RunningContender[] = [];
  try {
    for (const contender of contenders) running.push(await contender.start());
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    const idle = running.map(({ pid }) => readMemoryUsage(pid));
    for (const target of running) {
      const seconds = Math.max(options.warmup, 0.1);
      await runLoad(target, scenario, { seconds, warmup: 0, preload: true, seed: 1 });
    }
    const rounds: Round[][] = contenders.map(() => []);
    for (let round = 0; round < options.rounds; round++) {
      for (const [index, target] of running.entries()) {
        const run = { seconds: options.seconds, warmup: roundWarmup, preload: false, seed: 2 + round };
        rounds[index]!.push(roundOf(await runLoad(target, scenario, run)));
      }
    }
    const results = contenders.map(({ name, version }, index): ContenderResult => {
      const loaded = readMemoryUsage(running[index]!.pid);
      return { name, version, idle: idle[index]!, loaded, rounds: rounds[index]! };
    });
    return { id: scenario.id, title: scenario.title, contenders: results };
  } finally {
    await Promise.all(running.map((target) => target.stop()));
  }
}
