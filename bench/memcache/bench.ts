import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readMemoryUsage } from "../load/process-usage.ts";
import { runToEnd } from "../support/child-processes.ts";
import { describeEnvironment, programVersion } from "../support/environment.ts";
import type { Contender, RunningContender } from "./contender.ts";
import { direct } from "./direct.ts";
import { memcachedProxy } from "./memcached-proxy.ts";
import { type BenchOptions, memcacheHelp, parseBenchOptions } from "./options.ts";
import { podmate } from "./podmate.ts";
import { methodLines, scenarioReport } from "./report.ts";
import {
  type BenchResults,
  type ContenderResult,
  type Round,
  roundOf,
  type ScenarioResult,
} from "./results.ts";
import { runLoad } from "./run-load.ts";
import type { Scenario } from "./scenarios.ts";
import { startMemcachedServers } from "./servers.ts";
import { twemproxy } from "./twemproxy.ts";

const serverCount = 4;
/** A fresh process settles before its idle memory is read. */
const settleMs = 1500;
/** Unmeasured load at the beginning of each round, in seconds. */
const roundWarmup = 0.3;

const projectFolder = fileURLToPath(new URL("../..", import.meta.url));

/** Runs the memcache benchmark as the command line says. */
export async function memcacheBench(args: readonly string[]): Promise<void> {
  const options = parseBenchOptions(args);
  if (options === null) {
    process.stdout.write(memcacheHelp);
    return;
  }
  const contenders = await contendersOf(options, await startMemcachedServers(serverCount));
  const scenarios: ScenarioResult[] = [];
  for (const scenario of options.scenarios) {
    const result = await runScenario(scenario, contenders, options);
    process.stdout.write(`\n${scenarioReport(result)}`);
    scenarios.push(result);
  }
  const { seconds, warmup, rounds } = options;
  const environment = describeEnvironment(projectFolder);
  const results: BenchResults = { environment, method: { seconds, warmup, rounds }, scenarios };
  process.stdout.write(`\n${methodLines(results).join("\n")}\n`);
  if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
}

async function contendersOf(options: BenchOptions, servers: readonly number[]): Promise<Contender[]> {
  const memcached = requiredVersion("memcached", "-V");
  const contenders: Contender[] = [];
  for (const peer of options.peers) {
    if (peer === "podmate") {
      const command = options.podmateCommand ?? (await buildPodmate());
      contenders.push(...options.workers.map((workers) => podmate(servers, workers, command)));
    } else if (peer === "twemproxy") {
      contenders.push(twemproxy(servers, requiredVersion("nutcracker", "-V")));
    } else if (peer === "memcached-proxy") {
      const program = options.memcachedProxy!;
      contenders.push(memcachedProxy(servers, program, requiredVersion(program, "-V")));
    } else {
      contenders.push(direct(memcached));
    }
  }
  return contenders;
}

function requiredVersion(program: string, flag: string): string {
  const version = programVersion(program, flag);
  if (version === null) throw new Error(`${program} is not installed`);
  return version;
}

async function buildPodmate(): Promise<readonly string[]> {
  await runToEnd(["npm", "run", "--silent", "build"], { cwd: projectFolder });
  return [process.execPath, `${projectFolder}dist/main.js`];
}

/** Starts all contenders afresh and loads them in turn, round after round. */
async function runScenario(
  scenario: Scenario,
  contenders: readonly Contender[],
  options: BenchOptions,
): Promise<ScenarioResult> {
  const running: RunningContender[] = [];
  for (const contender of contenders) running.push(await contender.start());
  try {
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    const idle = running.map(({ pid }) => readMemoryUsage(pid));
    for (const target of running) {
      const seconds = Math.max(options.warmup, 0.1);
      await runLoad(target, scenario, { seconds, warmup: 0, preload: true, seed: 1 });
    }
    const rounds: Round[][] = contenders.map(() => []);
    for (let round = 0; round < options.rounds; round++) {
      for (const [index, target] of running.entries()) {
        const run = { seconds: options.seconds, warmup: roundWarmup, preload: false, seed: 1 };
        rounds[index]!.push(roundOf(await runLoad(target, scenario, run)));
      }
    }
    return {
      id: scenario.id,
      title: scenario.title,
      contenders: contenders.map(({ name, version }, index): ContenderResult => {
        const loaded = readMemoryUsage(running[index]!.pid);
        return { name, version, idle: idle[index]!, loaded, rounds: rounds[index]! };
      }),
    };
  } finally {
    await Promise.all(running.map((target) => target.stop()));
  }
}
