import t from "tap";
import type { Presentation } from "../../../bench/support/presentation.ts";
import { scenarioReport } from "../../../bench/support/report.ts";
import { figure, measuredReferences, ratio, ratioToBetter, roundOf } from "../../../bench/support/results.ts";
import { resultsDocument } from "../../../bench/support/results-document.ts";
import { resultsPicture } from "../../../bench/support/results-picture.ts";
import { benchResults, contender, round } from "../../support/bench-results.ts";

const ours = contender("podmate", [round(8), round(20), round(9)]);
const swift = contender("swift", [round(10), round(25), round(12, 3)]);
const slow = contender("slow", [round(16), round(40), round(18)]);
const scenario = { id: "small", title: "50 clients", contenders: [ours, swift, slow] };
const results = benchResults([scenario]);
const either = { label: "the better", names: ["swift", "slow"] };
const presentation: Presentation = {
  name: "example",
  references: [
    either,
    { label: "slow", names: ["slow"] },
    { label: "nobody who was there", names: ["absent"] },
  ],
  goals: { sentence: "be quick.", canJudge: () => true, missed: () => [] },
  picture: { title: "CPU per request", setting: "4 servers", reference: "swift" },
};

t.test("figures are medians, ratios are medians of the rounds' ratios", async (t) => {
  t.same(figure(ours, "cpu"), { median: 9, min: 8, max: 20 });
  t.equal(ratio(ours, swift, "cpu"), 0.8);
});

t.test("of several peers the one that is better in the figure counts", async (t) => {
  t.equal(ratioToBetter(ours, scenario, either, "cpu"), 0.8);
  t.equal(ratioToBetter(ours, scenario, either, "throughput"), 1.25);
  t.ok(Number.isNaN(ratioToBetter(ours, scenario, { label: "", names: ["absent"] }, "cpu")));
  t.same(
    measuredReferences(scenario, presentation.references).map(({ label }) => label),
    ["the better", "slow"],
  );
});

t.test("a round is per request", async (t) => {
  const latency = { p50: 1, p99: 2, p999: 3 };
  const figures = { seconds: 2, requestsPerSecond: 50, ownCpuPerRequest: 7 };
  const counts = { requests: 100, faults: 15, misses: 6 };
  const made = roundOf({ ...figures, latency, watched: { total: 1000, user: 300, system: 700 } }, counts);
  t.match(made, { ...counts, cpu: 10, userCpu: 3, systemCpu: 7, throughput: 50, p99: 2, loadCpu: 7 });
  t.throws(() => roundOf({ ...figures, latency, watched: null }, counts), { message: /watched no process/ });
});

t.test("the terminal's table has the ratios, and tells of faults", async (t) => {
  const text = scenarioReport(scenario);
  t.match(text, /^50 clients\n/);
  t.match(text, /podmate +9\.00 +8\.00\.\.20\.00/);
  t.match(text, "podmate / swift  CPU 0.80  requests/s 1.25  p99 0.80");
  t.match(text, "swift: 3 faults\n");
  t.notMatch(text, /podmate: \d+ faults/);
});

t.test("the page has the method, the ratios and a table per scenario", async (t) => {
  const page = resultsDocument(results, presentation);
  t.match(page, "- 2026-01-02, commit abc, Node v26");
  t.match(page, "- 3 rounds of 3 s after 2 s of warm-up; podmate 1.0; swift 1.0; slow 1.0");
  t.match(page, "| ratios | podmate / the better: CPU | requests/s | p99 | podmate / slow: CPU |");
  t.match(page, "| 50 clients | 0.80 | 1.25 | 0.80 | 0.50 | 2.00 | 0.50 |");
  t.match(page, "### 50 clients\n");
  t.match(page, "| podmate | 9.0 (8.0..20.0) |");
});

t.test("the page names the goals, and those that are missed", async (t) => {
  t.match(resultsDocument(results, presentation), "Goals: be quick. All are reached.");
  const missed = { ...presentation.goals, missed: () => ["50 clients: not quick"] };
  t.match(
    resultsDocument(results, { ...presentation, goals: missed }),
    "Missed:\n\n- 50 clients: not quick\n",
  );
  const mute = { ...presentation.goals, canJudge: () => false };
  t.notMatch(resultsDocument(results, { ...presentation, goals: mute }), "Goals");
});

t.test("the picture has a bar per contender, relative to the reference", async (t) => {
  const picture = resultsPicture(results, presentation.picture);
  t.equal([...picture.matchAll(/<rect/g)].length, 3);
  t.match(picture, "9.0 µs  (0.80)");
  t.match(picture, "12.0 µs  (1.00)");
  t.match(picture, "4 servers; a CPU, 2 cores");
});
