import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describeEnvironment } from "../support/environment.ts";
import { contendersOf, podmateCommand, projectFolder } from "./contenders.ts";
import { canJudge, missedGoals } from "./goals.ts";
import { type BenchOptions, memcacheHelp, parseBenchOptions } from "./options.ts";
import { profileScenario } from "./profile.ts";
import { methodLines, scenarioReport } from "./report.ts";
import type { BenchResults, ScenarioResult } from "./results.ts";
import { runScenario } from "./run-scenario.ts";
import { startMemcachedServers } from "./servers.ts";
import { writeResults } from "./write-results.ts";

const serverCount = 4;
/** Not under version control. */
const profileFolder = fileURLToPath(new URL("../results/profile", import.meta.url));

/** Runs the memcache benchmark as the command line says. */
export async function memcacheBench(args: readonly string[]): Promise<void> {
  const options = parseBenchOptions(args);
  if (options === null) {
    process.stdout.write(memcacheHelp);
    return;
  }
  const servers = await startMemcachedServers(serverCount);
  if (options.profile === null) await compare(options, servers);
  else await profile(options, options.profile, servers);
}

async function compare(options: BenchOptions, servers: readonly number[]): Promise<void> {
  const contenders = await contendersOf(options, servers);
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
  if (canJudge(results)) process.stdout.write(`\n${goalLines(results)}`);
  if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
  if (options.write) writeResults(results);
}

function goalLines(results: BenchResults): string {
  const missed = missedGoals(results);
  return missed.length === 0
    ? "All goals are reached.\n"
    : `Goals that are missed:\n${missed.map((line) => `  ${line}\n`).join("")}`;
}

async function profile(
  options: BenchOptions,
  kind: "cpu-prof" | "perf",
  servers: readonly number[],
): Promise<void> {
  const command = await podmateCommand(options);
  const { seconds, warmup } = options;
  for (const scenario of options.scenarios) {
    const text = await profileScenario(scenario, servers, command, {
      kind,
      seconds,
      warmup,
      folder: profileFolder,
    });
    process.stdout.write(`\n${text}`);
  }
}
