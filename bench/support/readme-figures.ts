import { readFileSync, writeFileSync } from "node:fs";
import { replaceGenerated } from "./generated-section.ts";
import { isPodmate } from "./report.ts";
import { type BenchResults, figure, type ScenarioResult } from "./results.ts";
import { markdownTable } from "./text-table.ts";

const root = new URL("../../", import.meta.url);

/** The README with the figures of the last recorded runs. */
export function withFigures(readme: string): string {
  return replaceGenerated(readme, "figures", [cpuTable("memcache"), cpuTable("http")].join("\n"));
}

/** Writes the figures of the last recorded runs into the README. */
export function writeReadmeFigures(): void {
  const file = new URL("README.md", root);
  writeFileSync(file, withFigures(readFileSync(file, "utf8")));
}

/** CPU per request of podmate with one worker, and of its peers, by scenario. */
function cpuTable(bench: string): string {
  const file = new URL(`bench/${bench}.results.json`, root);
  const { environment, scenarios } = JSON.parse(readFileSync(file, "utf8")) as BenchResults;
  const names = (scenarios[0]?.contenders ?? [])
    .map(({ name }) => name)
    .filter((name) => name === "podmate" || !isPodmate({ name }));
  const rows = scenarios.map((scenario) => [scenario.title, ...names.map((name) => cpuCell(scenario, name))]);
  const heading = `${bench}, ${environment.date}, ${environment.cpu}, Node ${environment.node}: CPU µs/request`;
  return markdownTable([heading, ...names], rows);
}

function cpuCell({ contenders }: ScenarioResult, name: string): string {
  const contender = contenders.find((each) => each.name === name);
  return contender === undefined ? "–" : figure(contender, "cpu").median.toFixed(1);
}
