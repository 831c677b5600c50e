import t from "tap";
import { histogramLength, record } from "../../../src/observe/histogram.ts";
import { command, upstreamError } from "../../../src/observe/metric-labels.ts";
import { POOL, SERVER } from "../../../src/observe/metric-layout.ts";
import { MetricRegistry } from "../../../src/observe/metric-registry.ts";
import { poolView } from "../../../src/roles/ambassador/pool-view.ts";
import type { PoolOptions } from "../../../src/upstream/pool-options.ts";

const pool = {
  name: "main",
  ring: { distribution: "ketama", hash: "md5" },
  servers: [{ id: "a", address: { path: "/run/a.sock" }, weight: 3 }],
} as unknown as PoolOptions;
const ready = () => ({ state: "ready", reason: "", since_unix_ms: 1, resolved: null }) as const;

t.test("before anything was counted: zeros, and no latency", async (t) => {
  t.match(poolView(pool, new MetricRegistry(), ready), {
    pool: "main",
    distribution: "ketama",
    hash: "md5",
    requests: 0,
    errors: {},
    request_p50_us: null,
    servers: [{ server: "a", address: "unix:/run/a.sock", weight: 3, state: "ready", response_p99_us: null }],
  });
});

t.test(
  "counts are added up over commands and workers; errors that never happened are left out",
  async (t) => {
    const metrics = new MetricRegistry();
    for (const worker of [0, 1]) {
      const counts = metrics.block("pool", "main", worker);
      counts[POOL.requests + command.get] = 3;
      counts[POOL.requests + command.set] = 2;
      counts[POOL.errors + upstreamError.timeout] = 1;
      counts[POOL.hits] = 2;
      record(counts, POOL.requestDuration + command.get * histogramLength, 10);
      record(counts, POOL.requestDuration + command.set * histogramLength, 12);
      const server = metrics.block("server", "main/a", worker);
      server[SERVER.requests + command.get] = 4;
      server[SERVER.readBytes] = 100;
    }
    t.match(poolView(pool, metrics, ready), {
      requests: 10,
      errors: { timeout: 2 },
      hits: 4,
      request_p50_us: 10,
      request_p99_us: 12,
      servers: [{ requests: 8, read_bytes: 200, errors: {} }],
    });
  },
);
