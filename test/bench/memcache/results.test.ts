import t from "tap";
import { Tally } from "../../../bench/load/tally.ts";
import { resultsDocument } from "../../../bench/memcache/document.ts";
import { missedGoals } from "../../../bench/memcache/goals.ts";
import { memcachePicture } from "../../../bench/memcache/picture.ts";
import { scenarioReport } from "../../../bench/memcache/report.ts";
import {
  type BenchResults,
  type ContenderResult,
  figure,
  type Round,
  ratio,
  roundOf,
} from "../../../bench/memcache/results.ts";

function round(cpu: number, faults = 0): Round {
  const latencies = { p50: cpu * 100, p99: cpu * 200, p999: cpu * 300 };
  const work = { throughput: 1e6 / cpu, requests: 1000, faults, misses: 0, loadCpu: 5 };
  return { cpu, userCpu: cpu / 4, systemCpu: (cpu * 3) / 4, ...latencies, ...work };
}

function contender(name: string, rounds: readonly Round[]): ContenderResult {
  const memory = { resident: 50_000, peak: 70_000, proportional: 40_000 };
  return { name, version: `${name} 1.0`, idle: memory, loaded: memory, rounds };
}

const podmate = contender("podmate", [round(8), round(20), round(9)]);
const twemproxy = contender("twemproxy", [round(10), round(25), round(12, 3)]);
const scenario = { id: "ping-pong", title: "50 clients", contenders: [podmate, twemproxy] };
const results: BenchResults = {
  environment: {
    date: "2026-01-02",
    commit: "abc",
    cpu: "a CPU",
    cores: 2,
    memoryMiB: 4096,
    kernel: "6.1",
    node: "v26",
  },
  method: { seconds: 3, warmup: 2, rounds: 3 },
  scenarios: [scenario],
};

t.test("figures are medians, ratios are medians of the rounds' ratios", async (t) => {
  t.same(figure(podmate, "cpu"), { median: 9, min: 8, max: 20 });
  t.equal(ratio(podmate, twemproxy, "cpu"), 0.8);
});

t.test("a round is per request, and counts every kind of fault", async (t) => {
  const tally = new Tally();
  Object.assign(tally, {
    requests: 100,
    wrong: 1,
    serverErrors: 2,
    clientErrors: 3,
    lost: 4,
    reconnects: 5,
    misses: 6,
  });
  const made = roundOf({
    ...tally.report(),
    seconds: 2,
    requestsPerSecond: 50,
    ownCpuPerRequest: 7,
    watched: { total: 1000, user: 300, system: 700 },
  });
  t.match(made, { cpu: 10, userCpu: 3, systemCpu: 7, throughput: 50, faults: 15, misses: 6, loadCpu: 7 });
});

t.test("the terminal's table has the ratios, and tells of faults", async (t) => {
  const text = scenarioReport(scenario);
  t.match(text, /^50 clients\n/);
  t.match(text, /podmate +9\.00 +8\.00\.\.20\.00/);
  t.match(text, "podmate / twemproxy  CPU 0.80  requests/s 1.25  p99 0.80");
  t.match(text, "twemproxy: 3 faults, 0 misses");
  t.notMatch(text, /podmate: \d+ faults/);
});

t.test("the page has the method, the ratios and a table per scenario", async (t) => {
  const page = resultsDocument(results);
  t.match(page, "- 2026-01-02, commit abc, Node v26");
  t.match(page, "- 3 rounds of 3 s after 2 s of warm-up; podmate 1.0; twemproxy 1.0");
  t.match(page, "| 50 clients | 0.80 | 1.25 | 0.80 |");
  t.match(page, "### 50 clients\n");
  t.match(page, "| podmate | 9.0 (8.0..20.0) |");
});

t.test("every missed goal is named with its distance", async (t) => {
  t.same(missedGoals(results), []);
  t.match(resultsDocument(results), "All are reached.");
  const slow = contender("podmate", [round(11), round(25), round(13)]);
  const two = contender("podmate, 2 workers", [round(20), round(50), round(24)]);
  const missed = { ...results, scenarios: [{ ...scenario, contenders: [slow, two, twemproxy] }] };
  t.same(missedGoals(missed), [
    "50 clients: CPU per request is 1.08 of twemproxy's, not 0.8",
    "50 clients: p99 is 1.08 of twemproxy's",
    "50 clients: with two workers, throughput is 0.50 of twemproxy's",
  ]);
  const large = { ...podmate, idle: { ...podmate.idle, resident: 100_000 } };
  const heavy = { ...results, scenarios: [{ ...scenario, contenders: [large, twemproxy] }] };
  t.same(missedGoals(heavy), ["Idle: 102.4 MB resident, not 75"]);
  t.match(resultsDocument(missed), "- 50 clients: p99 is 1.08");
  const alone = { ...results, scenarios: [{ ...scenario, contenders: [slow] }] };
  t.same(missedGoals(alone), []);
  t.notMatch(resultsDocument(alone), "Goals");
});

t.test("the picture has a bar per contender, relative to twemproxy", async (t) => {
  const picture = memcachePicture(results);
  t.equal([...picture.matchAll(/<rect/g)].length, 2);
  t.match(picture, "9.0 µs  (0.80)");
  t.match(picture, "12.0 µs  (1.00)");
});
