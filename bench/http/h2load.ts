import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { HttpLoadResult } from "../load/load-result.ts";
import { sampleUsage, usageBetween } from "../load/usage-sample.ts";
import { runToEnd, temporaryFolder } from "../support/child-processes.ts";
import type { RunningContender } from "../support/contender.ts";
import type { HttpScenario } from "./scenarios.ts";

/**
 * Drives a contender by h2load with one thread: HTTP/2 in cleartext, without an upgrade. All requests have one key, so that
 * one of the servers answers them. CPU is taken over h2load's whole run, connecting included.
 */
export async function runH2load(
  target: RunningContender,
  scenario: HttpScenario,
  seconds: number,
): Promise<HttpLoadResult> {
  const { connections, streams, path, answer } = scenario;
  const log = join(temporaryFolder(), "h2load.log");
  const duration = `${Math.max(1, Math.round(seconds))}`;
  const load = ["-t", "1", "-c", String(connections), "-m", String(streams), "-D", duration];
  const url = `http://127.0.0.1:${target.http2Port ?? target.port}${path}`;
  const before = sampleUsage(target.pids);
  const report = await runToEnd(["h2load", ...load, "-H", "x-key: user-0", "--log-file", log, url]);
  const after = sampleUsage(target.pids);
  const result = h2loadResult(report, readFileSync(log, "latin1"), Number(duration), answer);
  return { ...result, watched: usageBetween(before, after, result.requests).watched };
}

/**
 * The result of a run from what h2load has printed, and from its log: a line for each request with the time when it began,
 * the status, and how long it took in µs. Answers that were too short on the whole are faults.
 */
export function h2loadResult(report: string, log: string, seconds: number, answer: number): HttpLoadResult {
  const [succeeded = 0, failed = 0] = numbers(report, /(\d+) succeeded, (\d+) failed/);
  const [bytes = 0] = numbers(report, /\((\d+)\) data/);
  const times = log
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Number(line.split("\t")[2]))
    .sort((one, other) => one - other);
  const at = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  return {
    requests: succeeded,
    faults: failed + (bytes < succeeded * answer ? succeeded : 0),
    latency: { p50: at(0.5), p99: at(0.99), p999: at(0.999) },
    seconds,
    requestsPerSecond: succeeded / seconds,
    // The process that measures is not h2load.
    ownCpuPerRequest: Number.NaN,
    watched: null,
  };
}

function numbers(text: string, pattern: RegExp): number[] {
  return pattern.exec(text)?.slice(1).map(Number) ?? [];
}
