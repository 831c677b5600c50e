import { fileURLToPath } from "node:url";
import type { LoadResult } from "../load/load-result.ts";
import { runToEnd } from "../support/child-processes.ts";
import type { RunningContender } from "./contender.ts";
import { type Scenario, setRatio } from "./scenarios.ts";

const loadProgram = fileURLToPath(new URL("../load/memcache-load.ts", import.meta.url));

/** How one run of the load generator differs from the others of its scenario. Times in seconds. */
export interface LoadRun {
  readonly seconds: number;
  readonly warmup: number;
  readonly preload: boolean;
  readonly seed: number;
}

/** Drives a contender with the load of a scenario from a process of its own. */
export async function runLoad(
  target: RunningContender,
  scenario: Scenario,
  run: LoadRun,
): Promise<LoadResult> {
  const options = {
    port: target.port,
    watch: target.pid,
    clients: scenario.clients,
    depth: scenario.depth,
    "keys-per-get": scenario.keysPerGet,
    "value-size": scenario.valueSize,
    keys: scenario.keys,
    sets: setRatio,
    seconds: run.seconds,
    warmup: run.warmup,
    seed: run.seed,
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  if (run.preload) args.push("--preload");
  const output = await runToEnd([process.execPath, loadProgram, ...args]);
  return JSON.parse(output) as LoadResult;
}
