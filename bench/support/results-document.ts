import type { Goals } from "./goals.ts";
import type { Presentation } from "./presentation.ts";
import { isPodmate, megabytes, methodLines, milliseconds } from "./report.ts";
import {
  type BenchResults,
  figure,
  measuredReferences,
  type Reference,
  ratioToBetter,
  type ScenarioResult,
} from "./results.ts";
import { markdownTable } from "./text-table.ts";

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
export function resultsDocument(
  results: BenchResults,
  { goals, references }: Pick<Presentation, "goals" | "references">,
): string {
  const method = methodLines(results).map((line) => `- ${line}`);
  const sections = results.scenarios.map((scenario) => `### ${scenario.title}\n\n${scenarioTable(scenario)}`);
  const summary = `### In short\n\n${summaryTable(results, references)}\n${goalsText(results, goals)}`;
  return `${method.join("\n")}\n\n${summary}\n${sections.join("\n")}`;
}

function goalsText(results: BenchResults, goals: Goals): string {
  if (!goals.canJudge(results)) return "";
  const missed = goals.missed(results);
  if (missed.length === 0) return `Goals: ${goals.sentence} All are reached.\n`;
  return `Goals: ${goals.sentence} Missed:\n\n${missed.map((line) => `- ${line}\n`).join("")}`;
}

/** One row per scenario: podmate's figures through those of each reference. */
function summaryTable(results: BenchResults, references: readonly Reference[]): string {
  const [first] = results.scenarios;
  if (first === undefined) return "";
  const measured = measuredReferences(first, references);
  const pairs = first.contenders
    .filter(isPodmate)
    .flatMap(({ name }) => measured.map((reference) => ({ name, reference })));
  const columns = pairs.flatMap(({ name, reference }) => [
    `${name} / ${reference.label}: CPU`,
    "requests/s",
    "p99",
  ]);
  const rows = results.scenarios.map((scenario) => [
    scenario.title,
    ...pairs.flatMap(({ name, reference }) => ratioCells(scenario, name, reference)),
  ]);
  return markdownTable(["ratios", ...columns], rows);
}

function ratioCells(scenario: ScenarioResult, name: string, reference: Reference): string[] {
  const ours = scenario.contenders.find((contender) => contender.name === name);
  if (ours === undefined) return ["", "", ""];
  return (["cpu", "throughput", "p99"] as const).map((figure) => {
    const ratio = ratioToBetter(ours, scenario, reference, figure);
    return Number.isNaN(ratio) ? "" : ratio.toFixed(2);
  });
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
