import t from "tap";
import type { AnswerParts } from "../../src/answers/admin-answers.ts";
import { overviewAnswers } from "../../src/answers/overview-answers.ts";
import { upstreamError } from "../../src/observe/metric-labels.ts";
import { POOL } from "../../src/observe/metric-layout.ts";
import { MetricRegistry } from "../../src/observe/metric-registry.ts";
import { RecentLatency } from "../../src/observe/recent-latency.ts";
import { TrafficHistory, tickEvery } from "../../src/observe/traffic-history.ts";
import { FakeClock } from "../support/fake-clock.ts";

function setUp(over: object = {}) {
  const clock = new FakeClock();
  const metrics = new MetricRegistry();
  const usage = () => ({ cpuSeconds: 0, residentMemory: 0 });
  const history = new TrafficHistory({ metrics, clock, usage, recent: new RecentLatency(() => clock.now()) });
  const pool = metrics.block("pool", "cache", 0);
  history.watch();
  const parts = {
    history,
    ambassador: {
      pools: () => [{ pool: "cache", servers: [] }],
      workers: { up: 1, of: 2 },
      health: () => [],
      ready: () => [],
    },
    app: { health: () => [], ready: () => [] },
    lifecycle: { state: "ready", changes: [{ reason: "the listeners are open" }] },
    overload: { state: { level: "none", reason: "", memory: { used: 10, limit: 100 } } },
    reloader: { current: { version: 2, origin: "a.yml", at: 7.5 }, last: null },
    ...over,
  };
  return { clock, pool, view: () => overviewAnswers(parts as unknown as AnswerParts).view() };
}

t.test("a daemon that is well", async (t) => {
  const view = setUp().view();
  t.match(view, {
    verdict: { level: "ok", reasons: [] },
    workers: { up: 1, of: 2 },
    cpu: null,
    memory_limit_bytes: 100,
    config: { version: 2, origin: "a.yml", since_unix_ms: 8, last_reload: null },
  });
  t.ok(view.now_unix_ms >= view.started_unix_ms && view.resident_memory_bytes > 1e6);
});

t.test("failures count for ten seconds", async (t) => {
  const { clock, pool, view } = setUp();
  pool[POOL.requests]! += 10;
  pool[POOL.errors + upstreamError.connect]! += 6;
  clock.advance(tickEvery);
  t.match(view().verdict, { level: "failing", reasons: [{ text: "Pool cache: most requests fail (60 %)" }] });
  clock.advance(4 * tickEvery);
  t.equal(view().verdict.level, "failing");
  clock.advance(tickEvery);
  t.equal(view().verdict.level, "ok");
});

t.test("a reload that failed", async (t) => {
  const last = { ok: false, version: 2, trigger: "SIGHUP", at: 9.2, errors: ["a.yml:1:1: no"] };
  const reloader = { current: { version: 2, origin: "a.yml", at: 7 }, last };
  t.match(setUp({ reloader }).view(), {
    verdict: { level: "degraded" },
    config: { last_reload: { ok: false, trigger: "SIGHUP", at_unix_ms: 9, errors: ["a.yml:1:1: no"] } },
  });
});
