import t from "tap";
import type { AnswerParts } from "../../src/answers/admin-answers.ts";
import { historyAnswers } from "../../src/answers/history-answers.ts";
import { POOL } from "../../src/observe/metric-layout.ts";
import { MetricRegistry } from "../../src/observe/metric-registry.ts";
import { RecentLatency } from "../../src/observe/recent-latency.ts";
import { points, TrafficHistory, tickEvery } from "../../src/observe/traffic-history.ts";
import { FakeClock } from "../support/fake-clock.ts";

function setUp(ticks: number) {
  const clock = new FakeClock();
  const metrics = new MetricRegistry();
  const usage = () => ({ cpuSeconds: clock.now() / 2_000, residentMemory: 5 });
  const history = new TrafficHistory({ metrics, clock, usage, recent: new RecentLatency(() => clock.now()) });
  const pool = metrics.block("pool", "cache", 0);
  metrics.block("server", "cache/a", 0);
  history.watch();
  for (let i = 0; i < ticks; i++) {
    pool[POOL.requests]! += 2;
    clock.advance(tickEvery);
  }
  const ambassador = {
    pools: () => [
      { pool: "cache", servers: [{ server: "a" }, { server: "unfollowed" }] },
      { pool: "unfollowed", servers: [] },
    ],
  };
  return historyAnswers({ history, ambassador } as unknown as AnswerParts);
}

t.test("all points, and then those that are new", async (t) => {
  const { since } = setUp(3);
  t.match(since(0), {
    interval_ms: tickEvery,
    first: 0,
    next: 3,
    cpu: [0.5, 0.5, 0.5],
    resident_memory_bytes: [5, 5, 5],
    requests_per_second: [1, 1, 1],
    request_p50_us: [null, null, null],
    pools: [
      {
        pool: "cache",
        failed_per_second: [0, 0, 0],
        hit_share: [null, null, null],
        servers: [{ server: "a", requests_per_second: [0, 0, 0] }],
      },
    ],
  });
  t.equal(since(0).pools.length, 1, "what is not followed is left out");
  t.match(since(2), { first: 2, next: 3, requests_per_second: [1] });
  t.match(since(3), { first: 3, next: 3, requests_per_second: [] });
  t.match(since(99), { first: 0, next: 3 }, "a number of another run of the daemon");
});

t.test("what is no longer kept is not told", async (t) => {
  const answer = setUp(points + 5).since(0);
  t.match(answer, { first: 5, next: points + 5 });
  t.equal(answer.requests_per_second.length, points);
});
