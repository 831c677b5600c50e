import { fileURLToPath } from "node:url";
import type { HttpLoadResult } from "../load/load-result.ts";
import { runToEnd } from "../support/child-processes.ts";
import type { RunningContender } from "../support/contender.ts";
import { roundOf } from "../support/results.ts";
import type { LoadRun, RunLoad } from "../support/run-scenario.ts";
import { runH2load } from "./h2load.ts";
import type { LoadProgram } from "./options.ts";
import type { HttpScenario } from "./scenarios.ts";
import { runWrk } from "./wrk.ts";

const loadProgram = fileURLToPath(new URL("../load/http-load.ts", import.meta.url));
/** autocannon plans timers that lie in the past when the machine is busy; Node warns of them. */
const loadCommand = [process.execPath, "--disable-warning=TimeoutNegativeWarning", loadProgram];

/** Drives contenders with autocannon, in a process of its own, or with wrk; HTTP/2 with h2load. */
export function httpLoad(program: LoadProgram): RunLoad<HttpScenario> {
  return async (target, scenario, run) => {
    const result = await runProgram(program, target, scenario, run);
    return roundOf(result, { requests: result.requests, faults: result.faults, misses: 0 });
  };
}

function runProgram(
  program: LoadProgram,
  target: RunningContender,
  scenario: HttpScenario,
  run: LoadRun,
): Promise<HttpLoadResult> {
  if (scenario.streams > 0) return runH2load(target, scenario, run.seconds);
  return program === "wrk" ? runWrk(target, scenario, run.seconds) : runAutocannon(target, scenario, run);
}

async function runAutocannon(
  target: RunningContender,
  scenario: HttpScenario,
  run: LoadRun,
): Promise<HttpLoadResult> {
  const options = {
    port: target.port,
    watch: target.pids.join(","),
    connections: scenario.connections,
    method: scenario.method,
    path: scenario.path,
    "extra-headers": scenario.extraHeaders,
    body: scenario.body,
    answer: scenario.answer,
    seconds: run.seconds,
    warmup: run.warmup,
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  if (scenario.close) args.push("--close");
  return JSON.parse(await runToEnd([...loadCommand, ...args])) as HttpLoadResult;
}
