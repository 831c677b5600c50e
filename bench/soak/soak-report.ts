import { textTable } from "../support/text-table.ts";
import { hasGrown, perMinute, slopePerMinute } from "./memory-watch.ts";
import type { SoakResult } from "./soak.ts";
import type { SoakOptions } from "./soak-options.ts";
import { sum } from "./soak-tally.ts";

/** What makes a soak a failure, in words; nothing if it was good. */
export function soakFailures({ tally, ...result }: SoakResult): string[] {
  const failures = [...result.failures, ...tally.wrongAnswers];
  if (tally.wrong > tally.wrongAnswers.length) failures.push(`${tally.wrong} wrong answers in all`);
  for (const [error, times] of tally.calmErrors) failures.push(`${times}× with every server well: ${error}`);
  for (const gauge of result.leftOver) failures.push(`not back at 0: ${gauge}`);
  for (const line of result.errorLines) failures.push(`in the log: ${line}`);
  if (result.workerRestarts > 0) failures.push(`${result.workerRestarts} workers died`);
  if (result.exitCode !== 0) failures.push(`podmate ended with ${result.exitCode}`);
  if (hasGrown(result.residentMemory)) failures.push("memory grew");
  return failures;
}

/** The report for people. */
export function soakReport(options: SoakOptions, result: SoakResult): string {
  const { tally, residentMemory, seconds } = result;
  const requests = sum(tally.requests);
  const failures = soakFailures(result);
  const slope = slopePerMinute(residentMemory);
  const facts: readonly (readonly [string, string])[] = [
    ["seed, clients, workers", `${options.seed}, ${options.clients}, ${options.workers}`],
    ["time", `${seconds.toFixed(0)} s`],
    ["requests answered", `${requests} (${Math.round(requests / seconds)}/s)`],
    ["  by kind", counts(tally.requests)],
    ...result.facts,
    ["wrong answers", String(tally.wrong)],
    ["errors", counts(tally.errors)],
    ["  with all servers well", String(sum(tally.calmErrors))],
    ["connections", String(tally.connects)],
    ["requests left behind", String(tally.abandoned)],
    ["faults and reloads", counts(tally.events)],
    [
      "memory after warm-up",
      Number.isNaN(slope) ? "too short to tell" : `${MiB(slope).toFixed(2)} MiB per minute`,
    ],
  ];
  const memory = textTable(
    ["resident memory, MiB", "min", "median", "max"],
    perMinute(residentMemory).map((minute, at) => [
      `minute ${at + 1}`,
      ...[minute.min, minute.median, minute.max].map((figure) => MiB(figure).toFixed(1)),
    ]),
  );
  const verdict =
    failures.length === 0 ? "good: every answer was right" : ["FAILED", ...failures].join("\n  ");
  return `${facts.map(([name, fact]) => `${name.padEnd(24)}${fact}\n`).join("")}\n${memory}\n${verdict}\n`;
}

function counts(of: ReadonlyMap<string, number>): string {
  const sorted = [...of].sort(([, one], [, other]) => other - one);
  return sorted.map(([name, times]) => `${name} ${times}`).join(", ") || "none";
}

function MiB(kibibytes: number): number {
  return kibibytes / 1024;
}
