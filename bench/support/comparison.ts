import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { BenchOptions } from "./bench-options.ts";
import type { Contender } from "./contender.ts";
import { describeEnvironment } from "./environment.ts";
import type { Goals } from "./goals.ts";
import { podmate, podmateCommand } from "./podmate.ts";
import type { Presentation } from "./presentation.ts";
import { profileScenario } from "./profile.ts";
import { methodLines, scenarioReport } from "./report.ts";
import type { BenchResults, ScenarioResult } from "./results.ts";
import { type RunLoad, runScenario, type Scenario } from "./run-scenario.ts";
import { writeResults } from "./write-results.ts";

const projectFolder = fileURLToPath(new URL("../..", import.meta.url));
/** Not under version control. */
const profileFolder = fileURLToPath(new URL("../results/profile", import.meta.url));

/** podmate beside its peers under the same load. */
export interface Comparison<S extends Scenario, Peer extends string> extends Presentation {
  readonly options: BenchOptions<S, Peer | "podmate">;
  /** podmate's configuration file for one run. */
  podmateConfig(port: number, adminPort: number, workers: number): string;
  /** A program other than podmate; throws if it is missing. */
  peer(name: Peer): Contender;
  readonly runLoad: RunLoad<S>;
  /** Whether a contender can take the load of a scenario; absent: each can. */
  takesPart?(contender: Contender, scenario: S): boolean;
}

/** Measures, or with `--profile` and `--perf` looks where podmate's time goes, as the options say. */
export async function runComparison<S extends Scenario, Peer extends string>(
  comparison: Comparison<S, Peer>,
): Promise<void> {
  if (comparison.options.profile === null) await compare(comparison);
  else await profile(comparison, comparison.options.profile);
}

async function compare<S extends Scenario, Peer extends string>(
  comparison: Comparison<S, Peer>,
): Promise<void> {
  const { options, goals } = comparison;
  const contenders = await contendersOf(comparison);
  const scenarios: ScenarioResult[] = [];
  for (const scenario of options.scenarios) {
    const able = contenders.filter((one) => comparison.takesPart?.(one, scenario) ?? true);
    const result = await runScenario(scenario, able, comparison.runLoad, options);
    process.stdout.write(`\n${scenarioReport(result)}`);
    scenarios.push(result);
  }
  const { seconds, warmup, rounds } = options;
  const environment = describeEnvironment(projectFolder);
  const results: BenchResults = { environment, method: { seconds, warmup, rounds }, scenarios };
  process.stdout.write(`\n${methodLines(results).join("\n")}\n`);
  if (goals.canJudge(results)) process.stdout.write(`\n${goalLines(goals, results)}`);
  if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
  if (options.write) writeResults(results, comparison);
}

function goalLines(goals: Goals, results: BenchResults): string {
  const missed = goals.missed(results);
  return missed.length === 0
    ? "All goals are reached.\n"
    : `Goals that are missed:\n${missed.map((line) => `  ${line}\n`).join("")}`;
}

async function profile<S extends Scenario, Peer extends string>(
  comparison: Comparison<S, Peer>,
  kind: "cpu-prof" | "perf",
): Promise<void> {
  const { options, runLoad } = comparison;
  const { seconds, warmup } = options;
  const command = await podmateCommand(options.podmateCommand);
  for (const scenario of options.scenarios) {
    const text = await profileScenario(scenario, {
      kind,
      seconds,
      warmup,
      folder: profileFolder,
      command,
      podmate: (command) => podmate(command, 1, comparison.podmateConfig),
      runLoad,
    });
    process.stdout.write(`\n${text}`);
  }
}

/** What is to be measured, in the order of the rounds. Builds podmate if need be. */
async function contendersOf<S extends Scenario, Peer extends string>(
  comparison: Comparison<S, Peer>,
): Promise<Contender[]> {
  const { options } = comparison;
  const contenders: Contender[] = [];
  for (const name of options.peers) {
    if (isOurs(name)) {
      const command = await podmateCommand(options.podmateCommand);
      contenders.push(
        ...options.workers.map((workers) => podmate(command, workers, comparison.podmateConfig)),
      );
    } else {
      contenders.push(comparison.peer(name));
    }
  }
  return contenders;
}

function isOurs(name: string): name is "podmate" {
  return name === "podmate";
}
