import t from "tap";
import { record } from "../../src/observe/histogram.ts";
import { statusClass } from "../../src/observe/http-metric-labels.ts";
import { command, upstreamError } from "../../src/observe/metric-labels.ts";
import { HTTP_POOL, POOL, SERVER } from "../../src/observe/metric-layout.ts";
import { MetricRegistry } from "../../src/observe/metric-registry.ts";
import { RecentLatency } from "../../src/observe/recent-latency.ts";
import { mostPools, points, TrafficHistory, tickEvery } from "../../src/observe/traffic-history.ts";
import { FakeClock } from "../support/fake-clock.ts";

function setUp() {
  const clock = new FakeClock();
  const metrics = new MetricRegistry();
  const used = { cpuSeconds: 0, residentMemory: 1_000 };
  const recent = new RecentLatency(() => clock.now());
  const history = new TrafficHistory({ metrics, clock, usage: () => ({ ...used }), recent });
  const all = (column: { slice(from: number, to: number): unknown } | null | undefined) =>
    column?.slice(history.oldest, history.ticks);
  return { clock, metrics, used, history, all, recent };
}

t.test("rates, failures, hits and latency, tick by tick", async (t) => {
  const { clock, metrics, used, history, all } = setUp();
  const pool = metrics.block("pool", "cache", 0);
  const server = metrics.block("server", "cache/a", 0);
  pool[POOL.requests + command.get] = 1_000;
  pool[POOL.errors + upstreamError.connect] = 7;
  record(pool, POOL.requestDuration, 5_000);
  const cancel = history.watch();

  pool[POOL.requests + command.get]! += 30;
  pool[POOL.requests + command.set]! += 10;
  pool[POOL.errors + upstreamError.timeout]! += 4;
  pool[POOL.hits]! += 9;
  pool[POOL.misses]! += 1;
  server[SERVER.requests]! += 8;
  for (let i = 0; i < 98; i++) record(pool, POOL.requestDuration, 10);
  for (let i = 0; i < 2; i++) record(pool, POOL.requestDuration + 195 * command.set, 16);
  used.cpuSeconds += 1;
  clock.advance(tickEvery);
  clock.advance(tickEvery);

  const cache = history.pool("cache");
  t.same(all(cache?.requests), [20, 0], "what was counted before belongs to no tick");
  t.same(all(cache?.failed), [2, 0]);
  t.same(all(cache?.hitShare), [0.9, null], "nobody has asked: not known");
  t.same(all(cache?.p50), [10, null]);
  t.same(all(cache?.p99), [16, null]);
  t.same(all(history.server("cache/a")?.requests), [4, 0]);
  t.same(all(history.requests), [20, 0]);
  t.same(all(history.p99), [16, null]);
  t.same(all(history.cpu), [0.5, 0]);
  t.same(all(history.residentMemory), [1_000, 1_000]);
  cancel();
  t.equal(clock.pending, 0);
});

t.test("of HTTP, a status of 500 or more is a failure, whoever gave it", async (t) => {
  const { clock, metrics, history, all } = setUp();
  const pool = metrics.block("httpPool", "api", 0);
  history.watch();
  pool[HTTP_POOL.requests]! += 10;
  pool[HTTP_POOL.responses + statusClass["2xx"]]! += 6;
  pool[HTTP_POOL.responses + statusClass["4xx"]]! += 2;
  pool[HTTP_POOL.responses + statusClass["5xx"]]! += 2;
  clock.advance(tickEvery);
  t.same(all(history.pool("api")?.failed), [1]);
  t.equal(history.pool("api")?.hitShare, null);
});

t.test("the oldest gives way to the newest, and no tick is older than the others", async (t) => {
  const { clock, metrics, history, all } = setUp();
  const pool = metrics.block("pool", "cache", 0);
  history.watch();
  for (let i = 0; i < points + 10; i++) {
    pool[POOL.requests]! += 2 * i;
    clock.advance(tickEvery);
  }
  t.equal(history.ticks, points + 10);
  t.equal(history.oldest, 10);
  t.same(
    all(history.pool("cache")?.requests),
    Array.from({ length: points }, (_, i) => i + 10),
  );
});

t.test("a process that stood still has a gap on its time axis", async (t) => {
  const { clock, metrics, history, all } = setUp();
  const pool = metrics.block("pool", "cache", 0);
  history.watch();
  clock.advance(tickEvery);
  pool[POOL.requests]! += 60;
  clock.jump(2 * tickEvery);
  clock.advance(tickEvery);
  t.same(all(history.pool("cache")?.requests), [0, null, null, 10]);
  t.same(all(history.requests), [0, null, null, 10]);
  clock.jump(1e9);
  clock.advance(tickEvery);
  t.equal((all(history.requests) as unknown[]).length, points, "however long that was");
});

t.test("what goes is forgotten, and what comes begins with nothing", async (t) => {
  const { clock, metrics, history, all } = setUp();
  metrics.block("pool", "old", 0);
  history.watch();
  clock.advance(tickEvery);
  metrics.retain("pool", []);
  const fresh = metrics.block("pool", "new", 0);
  clock.advance(tickEvery);
  t.equal(history.pool("old"), undefined);
  fresh[POOL.requests] = 4;
  clock.advance(tickEvery);
  t.same(all(history.pool("new")?.requests), [null, null, 2]);
});

t.test("there is an end to what is followed", async (t) => {
  const { clock, metrics, history } = setUp();
  for (let i = 0; i <= mostPools; i++) metrics.block("pool", `pool-${i}`, 0);
  history.watch();
  clock.advance(tickEvery);
  t.ok(history.pool(`pool-${mostPools - 1}`));
  t.equal(history.pool(`pool-${mostPools}`), undefined);
});

t.test("recent latency is that of the last seconds for who looks for the first time, too", async (t) => {
  const { clock, metrics, history, recent } = setUp();
  const pool = metrics.block("pool", "cache", 0);
  record(pool, POOL.requestDuration, 1e6);
  history.watch();
  for (let i = 0; i < 10; i++) clock.advance(tickEvery);
  record(pool, POOL.requestDuration, 10);
  const sum = pool.slice(POOL.requestDuration, POOL.requestDuration + 195);
  t.equal(recent.of(metrics.find("pool", "cache")!, sum)[0], 1);
});
