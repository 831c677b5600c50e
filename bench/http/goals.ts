import type { Goals } from "../support/goals.ts";
import { isPodmate } from "../support/report.ts";
import { type BenchResults, type Reference, ratioToBetter, type ScenarioResult } from "../support/results.ts";
import { scenarios } from "./scenarios.ts";

export const betterOfBoth: Reference = {
  label: "the better of nginx and HAProxy",
  names: ["nginx", "HAProxy"],
};
export const httpProxy: Reference = { label: "http-proxy", names: ["http-proxy"] };

/** Most of podmate's CPU per request, with one worker, as a ratio to the peer's. */
const wanted = { small: 1, large: 1.2, httpProxy: 1 / 8 } as const;

/** What the project wants to reach against the C proxies, and against the usual one for Node. */
export const httpGoals: Goals = {
  sentence:
    "with one worker, CPU per request not above the better of nginx and HAProxy for small requests, at most " +
    `${wanted.large} of it for answers of 100 KB, and at most one eighth of http-proxy's.`,
  canJudge(results: BenchResults) {
    const all = results.scenarios.flatMap(({ contenders }) => contenders);
    const has = ({ names }: Reference): boolean => all.some(({ name }) => names.includes(name));
    return all.some(isPodmate) && has(betterOfBoth) && has(httpProxy);
  },
  missed: (results) => results.scenarios.flatMap(missedIn),
};

function missedIn(scenario: ScenarioResult): string[] {
  const size = scenarios.find(({ id }) => id === scenario.id)?.size;
  if (size === null) return [];
  return [
    ...missedAgainst(scenario, betterOfBoth, wanted[size ?? "small"]),
    ...missedAgainst(scenario, httpProxy, wanted.httpProxy),
  ];
}

function missedAgainst(scenario: ScenarioResult, reference: Reference, most: number): string[] {
  const ours = scenario.contenders.find(({ name }) => name === "podmate");
  if (ours === undefined) return [];
  const ratio = ratioToBetter(ours, scenario, reference, "cpu");
  if (Number.isNaN(ratio) || ratio <= most) return [];
  return [
    `${scenario.title}: CPU per request is ${ratio.toFixed(2)} of that of ${reference.label}, not ${most}`,
  ];
}
