import t from "tap";
import { httpGoals } from "../../../bench/http/goals.ts";
import type { ScenarioResult } from "../../../bench/support/results.ts";
import { benchResults, contender, round } from "../../support/bench-results.ts";

/** A scenario in which each program takes so many µs per request. */
function scenario(id: string, cpu: Record<string, number>): ScenarioResult {
  const contenders = Object.entries(cpu).map(([name, figure]) => contender(name, [round(figure)]));
  return { id, title: id, contenders };
}

function missed(id: string, cpu: Record<string, number>): string[] {
  return httpGoals.missed(benchResults([scenario(id, cpu)]));
}

t.test("small requests: not above the better of nginx and HAProxy", async (t) => {
  t.same(missed("small", { podmate: 30, nginx: 30, HAProxy: 40, "http-proxy": 300 }), []);
  t.same(missed("small", { podmate: 36, nginx: 40, HAProxy: 30, "http-proxy": 300 }), [
    "small: CPU per request is 1.20 of that of the better of nginx and HAProxy, not 1",
  ]);
});

t.test("large answers may cost a fifth more", async (t) => {
  const others = { nginx: 100, HAProxy: 150, "http-proxy": 2000 };
  t.same(missed("answer-100k", { podmate: 120, ...others }), []);
  t.same(missed("answer-100k", { podmate: 121, ...others }).length, 1);
});

t.test("an eighth of http-proxy's at most", async (t) => {
  t.same(missed("small", { podmate: 30, nginx: 30, "http-proxy": 200 }), [
    "small: CPU per request is 0.15 of that of http-proxy, not 0.125",
  ]);
});

t.test("a judgement needs podmate, one of the C proxies and http-proxy", async (t) => {
  const judged = (cpu: Record<string, number>) => httpGoals.canJudge(benchResults([scenario("small", cpu)]));
  t.ok(judged({ podmate: 1, HAProxy: 1, "http-proxy": 1 }));
  t.notOk(judged({ podmate: 1, HAProxy: 1 }));
  t.notOk(judged({ nginx: 1, "http-proxy": 1 }));
});
