import { fileURLToPath } from "node:url";
import type { LoadResult } from "../load/load-result.ts";
import { runToEnd } from "../support/child-processes.ts";
import type { RunningContender } from "../support/contender.ts";
import { type Round, roundOf } from "../support/results.ts";
import type { LoadRun } from "../support/run-scenario.ts";
import { type MemcacheScenario, setRatio } from "./scenarios.ts";

const loadProgram = fileURLToPath(new URL("../load/memcache-load.ts", import.meta.url));

/** Drives a contender with the load of a scenario from a process of its own. */
export async function runMemcacheLoad(
  target: RunningContender,
  scenario: MemcacheScenario,
  run: LoadRun,
): Promise<Round> {
  const options = {
    port: target.port,
    watch: target.pids.join(","),
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
  if (run.first) args.push("--preload");
  const output = await runToEnd([process.execPath, loadProgram, ...args]);
  return memcacheRound(JSON.parse(output) as LoadResult);
}

/** The figures of a round from what the load generator reported. */
export function memcacheRound(result: LoadResult): Round {
  const faults = result.wrong + result.serverErrors + result.clientErrors + result.lost + result.reconnects;
  return roundOf(result, { requests: result.requests, faults, misses: result.misses });
}
