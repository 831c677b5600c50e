import type { Goals } from "../support/goals.ts";
import { isPodmate, megabytes } from "../support/report.ts";
import { type BenchResults, type ContenderResult, ratio, type ScenarioResult } from "../support/results.ts";
import { median } from "../support/statistics.ts";

/** Ratios of podmate's figure to twemproxy's. */
const wanted = { cpu: 0.8, p99: 1, throughputOfTwoWorkers: 1, idleMegabytes: 75 } as const;

/** What the project wants to reach against twemproxy. */
export const memcacheGoals: Goals = {
  sentence:
    `with one worker, CPU per request at most ${wanted.cpu} of twemproxy's, p99 not above it, at most ` +
    `${wanted.idleMegabytes} MB resident when idle; with two workers, throughput beyond it.`,
  canJudge,
  missed: (results) => [...results.scenarios.flatMap(missedIn), ...missedWhenIdle(results)],
};

/** Memory is read afresh in every scenario; the median counts. */
function missedWhenIdle(results: BenchResults): string[] {
  const ours = results.scenarios
    .flatMap(({ contenders }) => contenders)
    .filter(({ name }) => name === "podmate");
  if (ours.length === 0 || !canJudge(results)) return [];
  const idle = megabytes(median(ours.map((contender) => contender.idle.resident)));
  return Number(idle) > wanted.idleMegabytes
    ? [`Idle: ${idle} MB resident, not ${wanted.idleMegabytes}`]
    : [];
}

function missedIn(scenario: ScenarioResult): string[] {
  const { title, contenders } = scenario;
  const theirs = contenders.find(({ name }) => name === "twemproxy");
  if (theirs === undefined) return [];
  const one = contenders.find(({ name }) => name === "podmate");
  const two = contenders.find(({ name }) => name === "podmate, 2 workers");
  const missed = [...(one ? missedByOne(one, theirs) : []), ...(two ? missedByTwo(two, theirs) : [])];
  return missed.map((sentence) => `${title}: ${sentence}`);
}

function missedByOne(ours: ContenderResult, theirs: ContenderResult): string[] {
  const cpu = ratio(ours, theirs, "cpu");
  const p99 = ratio(ours, theirs, "p99");
  const missed: string[] = [];
  if (cpu > wanted.cpu) missed.push(`CPU per request is ${cpu.toFixed(2)} of twemproxy's, not ${wanted.cpu}`);
  if (p99 > wanted.p99) missed.push(`p99 is ${p99.toFixed(2)} of twemproxy's`);
  return missed;
}

function missedByTwo(ours: ContenderResult, theirs: ContenderResult): string[] {
  const throughput = ratio(ours, theirs, "throughput");
  if (throughput > wanted.throughputOfTwoWorkers) return [];
  return [`with two workers, throughput is ${throughput.toFixed(2)} of twemproxy's`];
}

function canJudge(results: BenchResults): boolean {
  const all = results.scenarios.flatMap(({ contenders }) => contenders);
  return all.some(isPodmate) && all.some(({ name }) => name === "twemproxy");
}
