import { once } from "node:events";
import { Worker } from "node:worker_threads";
import t from "tap";
import { histogramCount, histogramLength, record } from "../../src/observe/histogram.ts";
import { keyLabels, metricKey } from "../../src/observe/metric-key.ts";
import { command, commands } from "../../src/observe/metric-labels.ts";
import { POOL } from "../../src/observe/metric-layout.ts";
import { allocateBlock, MetricRegistry, mostGone } from "../../src/observe/metric-registry.ts";

t.test("a key gives its labels back", async (t) => {
  const key = metricKey("sessions", "unix:/run/a/b.sock");
  t.same(keyLabels("server", key), { pool: "sessions", server: "unix:/run/a/b.sock" });
  t.same(keyLabels("pool", "sessions"), { pool: "sessions" });
  t.same(keyLabels("process", ""), {});
  t.throws(() => keyLabels("server", "sessions"), /no key of a server: pool\/server/);
});

t.test("blocks of all writers are added up", async (t) => {
  const metrics = new MetricRegistry();
  metrics.block("pool", "p", 0)[POOL.hits]! += 2;
  metrics.block("pool", "p", 1)[POOL.hits]! += 3;
  metrics.block("pool", "p")[POOL.hits]! += 4;
  metrics.block("pool", "q", 0)[POOL.hits]! += 100;
  t.equal(metrics.find("pool", "p")?.value(POOL.hits), 9);
});

t.test("value adds up a run of slots, such as all commands", async (t) => {
  const metrics = new MetricRegistry();
  metrics.block("pool", "p", 0)[POOL.requests + command.get]! += 2;
  metrics.block("pool", "p", 1)[POOL.requests + command.unknown]! += 3;
  t.equal(metrics.find("pool", "p")?.value(POOL.requests, commands.length), 5);
});

t.test("a block that a thread made and writes is read here", async (t) => {
  const metrics = new MetricRegistry();
  const source = `
    const { parentPort, workerData } = require("node:worker_threads");
    const memory = new SharedArrayBuffer(workerData.bytes);
    new Float64Array(memory)[workerData.slot] += 7;
    parentPort.postMessage(memory);`;
  const bytes = allocateBlock("pool").byteLength;
  const worker = new Worker(source, { eval: true, workerData: { bytes, slot: POOL.misses } });
  const [memory] = (await once(worker, "message")) as [SharedArrayBuffer];
  metrics.adopt("pool", "p", 0, memory);
  await worker.terminate();
  t.equal(metrics.find("pool", "p")?.value(POOL.misses), 7);
});

t.test("counters outlive their worker, gauges do not", async (t) => {
  const metrics = new MetricRegistry();
  const count = (block: Float64Array) => {
    block[POOL.hits]! += 1;
    block[POOL.requestsInFlight]! += 1;
    record(block, POOL.requestDuration, 50);
  };
  count(metrics.block("pool", "p", 0));
  count(metrics.block("pool", "p", 1));
  metrics.retire(0);
  const pool = metrics.find("pool", "p")!;
  t.equal(pool.value(POOL.hits), 2);
  t.equal(pool.value(POOL.requestsInFlight), 1);
  count(metrics.block("pool", "p", 0));
  metrics.retire(0);
  t.equal(pool.value(POOL.hits), 3);
  t.equal(pool.value(POOL.requestsInFlight), 1);
  const histogram = new Float64Array(histogramLength);
  t.ok(pool.histogram(POOL.requestDuration, histogram));
  t.equal(histogramCount(histogram, 0), 3);
});

t.test(
  "a block that a worker sends again counts once; after its death the next counts beside it",
  async (t) => {
    const metrics = new MetricRegistry();
    const memory = allocateBlock("pool");
    new Float64Array(memory)[POOL.hits] = 5;
    metrics.adopt("pool", "p", 0, memory);
    // What a thread sends arrives as another object over the same memory.
    metrics.adopt("pool", "p", 0, structuredClone(memory));
    t.equal(metrics.find("pool", "p")?.value(POOL.hits), 5);
    metrics.retire(0);
    const next = allocateBlock("pool");
    new Float64Array(next)[POOL.hits] = 1;
    metrics.adopt("pool", "p", 0, next);
    t.equal(metrics.find("pool", "p")?.value(POOL.hits), 6);
  },
);

t.test("an instance that is not retained is gone, and goes on where it was when it comes back", async (t) => {
  const metrics = new MetricRegistry();
  metrics.block("pool", "p", 0)[POOL.hits] = 5;
  metrics.block("pool", "q", 0)[POOL.hits] = 5;
  metrics.retain("pool", ["q"]);
  t.equal(metrics.find("pool", "p"), undefined);
  t.same(
    metrics.instances("pool").map(({ labels }) => labels),
    [{ pool: "q" }],
  );
  // Its worker dies meanwhile.
  metrics.retire(0);
  metrics.block("pool", "p", 0);
  t.equal(metrics.find("pool", "p")?.value(POOL.hits), 5);
});

t.test("however many come and go, few of them are remembered", async (t) => {
  const metrics = new MetricRegistry();
  for (let i = 0; i < mostGone; i++) metrics.block("pool", `gone-${i}`, 0)[POOL.hits] = 5;
  t.same(metrics.retain("pool", []), []);
  metrics.block("pool", "gone-0", 0);
  t.same(metrics.retain("pool", []), [], "who came back was the last to go");
  metrics.block("pool", "new", 0);
  t.same(metrics.retain("pool", []), ["gone-1"]);
  const hits = (key: string) => {
    metrics.block("pool", key, 0);
    return metrics.find("pool", key)?.value(POOL.hits);
  };
  t.same([hits("gone-0"), hits("gone-1"), hits("gone-2")], [5, 0, 5]);
});

t.test("a histogram nobody recorded in is left alone", async (t) => {
  const metrics = new MetricRegistry();
  metrics.block("pool", "p", 0);
  const into = new Float64Array(histogramLength).fill(7);
  t.notOk(metrics.find("pool", "p")?.histogram(POOL.requestDuration, into));
  t.equal(into[0], 7);
});

t.test("a block of another length is refused", async (t) => {
  const metrics = new MetricRegistry();
  t.throws(
    () => metrics.adopt("pool", "p", 0, new SharedArrayBuffer(64)),
    /a pool block has \d+ slots, not 8/,
  );
});
