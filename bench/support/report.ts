import { type BenchResults, type ContenderResult, figure, ratio, type ScenarioResult } from "./results.ts";
import { textTable } from "./text-table.ts";

const header = [
  "",
  "CPU µs/request",
  "min..max",
  "user",
  "system",
  "requests/s",
  "p50 ms",
  "p99 ms",
  "p99.9 ms",
  "idle MB",
  "(PSS)",
  "peak MB",
];

/** The table of one scenario for the terminal, with podmate's ratios to its peers below. */
export function scenarioReport(scenario: ScenarioResult): string {
  const rows = scenario.contenders.map((contender) => figureRow(contender));
  return `${scenario.title}\n${textTable(header, rows)}${ratioLines(scenario)}${faultLines(scenario)}`;
}

/** Where and how it was measured, one line each. */
export function methodLines(results: BenchResults): string[] {
  const { environment, method } = results;
  const versions = results.scenarios[0]?.contenders.map(({ version }) => version) ?? [];
  return [
    `${environment.date}, commit ${environment.commit}, Node ${environment.node}`,
    `${environment.cpu}, ${environment.cores} cores, Linux ${environment.kernel}`,
    `${method.rounds} rounds of ${method.seconds} s after ${method.warmup} s of warm-up; ${versions.join("; ")}`,
  ];
}

function figureRow(contender: ContenderResult): string[] {
  const cpu = figure(contender, "cpu");
  return [
    contender.name,
    cpu.median.toFixed(2),
    `${cpu.min.toFixed(2)}..${cpu.max.toFixed(2)}`,
    figure(contender, "userCpu").median.toFixed(1),
    figure(contender, "systemCpu").median.toFixed(1),
    figure(contender, "throughput").median.toFixed(0),
    milliseconds(figure(contender, "p50").median),
    milliseconds(figure(contender, "p99").median),
    milliseconds(figure(contender, "p999").median),
    megabytes(contender.idle.resident),
    megabytes(contender.idle.proportional),
    megabytes(contender.loaded.peak),
  ];
}

function ratioLines(scenario: ScenarioResult): string {
  const ours = scenario.contenders.filter(isPodmate);
  const theirs = scenario.contenders.filter((contender) => !isPodmate(contender));
  const rows = ours.flatMap((our) =>
    theirs.map((their) => [
      `${our.name} / ${their.name}`,
      `CPU ${ratio(our, their, "cpu").toFixed(2)}`,
      `requests/s ${ratio(our, their, "throughput").toFixed(2)}`,
      `p99 ${ratio(our, their, "p99").toFixed(2)}`,
    ]),
  );
  return rows.map((row) => `  ${row.join("  ")}\n`).join("");
}

function faultLines(scenario: ScenarioResult): string {
  return scenario.contenders
    .map(({ name, rounds }) => {
      const faults = rounds.reduce((sum, round) => sum + round.faults, 0);
      const misses = rounds.reduce((sum, round) => sum + round.misses, 0);
      if (faults + misses === 0) return "";
      return `  ${name}: ${faults} faults${misses > 0 ? `, ${misses} misses` : ""}\n`;
    })
    .join("");
}

/** Whether it is podmate, with whatever number of workers. */
export function isPodmate({ name }: { readonly name: string }): boolean {
  return name.startsWith("podmate");
}

export function milliseconds(microseconds: number): string {
  return (microseconds / 1000).toFixed(2);
}

/** KiB as MB of a million bytes, as the goals are given. */
export function megabytes(kibibytes: number): string {
  return ((kibibytes * 1024) / 1e6).toFixed(1);
}
