import { fileURLToPath } from "node:url";
import { extraHeaderBytes, keyCount } from "../load/http-requests.ts";
import type { HttpLoadResult } from "../load/load-result.ts";
import { sampleUsage, usageBetween } from "../load/usage-sample.ts";
import { runToEnd } from "../support/child-processes.ts";
import type { RunningContender } from "../support/contender.ts";
import type { HttpScenario } from "./scenarios.ts";

const script = fileURLToPath(new URL("../load/wrk-load.lua", import.meta.url));

/** What the script prints. */
interface WrkReport {
  readonly requests: number;
  readonly faults: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/**
 * Drives a contender by wrk with one thread. CPU is taken over wrk's whole run, connecting included; its time is in
 * whole seconds, at least one.
 */
export async function runWrk(
  target: RunningContender,
  scenario: HttpScenario,
  seconds: number,
): Promise<HttpLoadResult> {
  const { connections, method, path, extraHeaders, body, close } = scenario;
  const duration = `${Math.max(1, Math.round(seconds))}s`;
  const load = ["-t", "1", "-c", String(connections), "-d", duration, "-s", script];
  const words = [method, path, keyCount, extraHeaders, extraHeaderBytes, body, close ? "close" : "keep"];
  const before = sampleUsage(target.pids);
  const output = await runToEnd([
    "wrk",
    ...load,
    `http://127.0.0.1:${target.port}`,
    "--",
    ...words.map(String),
  ]);
  const after = sampleUsage(target.pids);
  const report = JSON.parse(output.trimEnd().split("\n").at(-1)!) as WrkReport;
  return wrkResult(report, scenario.answer, usageBetween(before, after, report.requests));
}

/** The result of a run; answers that were too short on the whole are faults. */
export function wrkResult(
  report: WrkReport,
  answer: number,
  usage: ReturnType<typeof usageBetween>,
): HttpLoadResult {
  const { requests, seconds, p50, p99, p999 } = report;
  const short = report.bytes < requests * answer ? requests : 0;
  return {
    requests,
    faults: report.faults + short,
    latency: { p50, p99, p999 },
    seconds,
    requestsPerSecond: requests / seconds,
    // The process that measures is not wrk.
    ownCpuPerRequest: Number.NaN,
    watched: usage.watched,
  };
}
