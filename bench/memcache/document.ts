import { markdownTable } from "../support/text-table.ts";
import { canJudge, goals, missedGoals } from "./goals.ts";
import { isPodmate, megabytes, methodLines, milliseconds } from "./report.ts";
import { type BenchResults, type ContenderResult, figure, ratio, type ScenarioResult } from "./results.ts";

const header = [
  "",
  "CPU µs/request",
  "of it user",
  "requests/s",
  "p50 ms",
  "p99 ms",
  "p99.9 ms",
  "idle MB",
  "peak MB",
];

/** The part of bench/README.md that is made from the results. */
export function resultsDocument(results: BenchResults): string {
  const method = methodLines(results).map((line) => `- ${line}`);
  const sections = results.scenarios.map((scenario) => `### ${scenario.title}\n\n${scenarioTable(scenario)}`);
  const summary = `### In short\n\n${summaryTable(results)}\n${goalsText(results)}`;
  return `${method.join("\n")}\n\n${summary}\n${sections.join("\n")}`;
}

function goalsText(results: BenchResults): string {
  if (!canJudge(results)) return "";
  const { cpu, idleMegabytes } = goals;
  const wanted =
    `Goals: with one worker, CPU per request at most ${cpu} of twemproxy's, p99 not above it, at most ` +
    `${idleMegabytes} MB resident when idle; with two workers, throughput beyond it.`;
  const missed = missedGoals(results);
  if (missed.length === 0) return `${wanted} All are reached.\n`;
  return `${wanted} Missed:\n\n${missed.map((line) => `- ${line}\n`).join("")}`;
}

/** One row per scenario: podmate's figures through those of each peer. */
function summaryTable(results: BenchResults): string {
  const pairs = pairsOf(results.scenarios[0]);
  const columns = pairs.flatMap(({ ours, theirs }) => [`${ours} / ${theirs}: CPU`, "requests/s", "p99"]);
  const rows = results.scenarios.map((scenario) => [
    scenario.title,
    ...pairs.flatMap(({ ours, theirs }) => ratioCells(named(scenario, ours), named(scenario, theirs))),
  ]);
  return markdownTable(["ratios", ...columns], rows);
}

function pairsOf(scenario: ScenarioResult | undefined): { ours: string; theirs: string }[] {
  const contenders = scenario?.contenders ?? [];
  const peers = contenders.filter((contender) => !isPodmate(contender));
  return contenders
    .filter(isPodmate)
    .flatMap((ours) => peers.map((theirs) => ({ ours: ours.name, theirs: theirs.name })));
}

function named(scenario: ScenarioResult, name: string): ContenderResult | undefined {
  return scenario.contenders.find((contender) => contender.name === name);
}

function ratioCells(ours: ContenderResult | undefined, theirs: ContenderResult | undefined): string[] {
  if (ours === undefined || theirs === undefined) return ["", "", ""];
  return (["cpu", "throughput", "p99"] as const).map((name) => ratio(ours, theirs, name).toFixed(2));
}

function scenarioTable(scenario: ScenarioResult): string {
  const rows = scenario.contenders.map((contender) => {
    const cpu = figure(contender, "cpu");
    return [
      contender.name,
      `${cpu.median.toFixed(1)} (${cpu.min.toFixed(1)}..${cpu.max.toFixed(1)})`,
      figure(contender, "userCpu").median.toFixed(1),
      figure(contender, "throughput").median.toFixed(0),
      milliseconds(figure(contender, "p50").median),
      milliseconds(figure(contender, "p99").median),
      milliseconds(figure(contender, "p999").median),
      megabytes(contender.idle.resident),
      megabytes(contender.loaded.peak),
    ];
  });
  return markdownTable(header, rows);
}
