import t from "tap";
import { histogramLength, record } from "../../../src/observe/histogram.ts";
import { httpUpstreamError, statusClass } from "../../../src/observe/http-metric-labels.ts";
import { command, upstreamError } from "../../../src/observe/metric-labels.ts";
import { HTTP_POOL, HTTP_SERVER, POOL, SERVER } from "../../../src/observe/metric-layout.ts";
import { MetricRegistry } from "../../../src/observe/metric-registry.ts";
import { RecentLatency } from "../../../src/observe/recent-latency.ts";
import { poolView } from "../../../src/roles/ambassador/pool-view.ts";
import type { PoolOptions } from "../../../src/upstream/pool-options.ts";

const pool = {
  name: "main",
  ring: { distribution: "ketama", hash: "md5" },
  servers: [{ id: "a", address: { path: "/run/a.sock" }, weight: 3 }],
} as unknown as PoolOptions;
const late = new RecentLatency(() => 0);

/** All that is told of a pool. */
function told(pool: PoolOptions, metrics: MetricRegistry) {
  const { figures, servers } = poolView(pool, metrics, late, ready);
  return { ...figures(), servers: servers.map((server) => server.view()) };
}

const ready = () =>
  ({
    state: "ready",
    reason: "",
    since_unix_ms: 1,
    next_probe_unix_ms: null,
    ejections: 0,
    resolved: null,
  }) as const;

t.test("before anything was counted: zeros, and no latency", async (t) => {
  t.match(told(pool, new MetricRegistry()), {
    pool: "main",
    protocol: "memcache",
    distribution: "ketama",
    hash: "md5",
    requests: 0,
    errors: {},
    request_p50_us: null,
    request_recent_p50_us: null,
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
    t.match(told(pool, metrics), {
      requests: 10,
      errors: { timeout: 2 },
      hits: 4,
      request_p50_us: 10,
      request_p99_us: 12,
      requests_failed: 2,
      request_recent_p50_us: null,
      request_recent_p99_us: null,
      servers: [{ requests: 8, read_bytes: 200, errors: {} }],
    });
  },
);

t.test("a pool that speaks HTTP tells what its requests came to", async (t) => {
  const metrics = new MetricRegistry();
  for (const worker of [0, 1]) {
    const counts = metrics.block("httpPool", "main", worker);
    counts[HTTP_POOL.requests] = 5;
    counts[HTTP_POOL.requestsInFlight] = 1;
    counts[HTTP_POOL.responses + statusClass["2xx"]] = 3;
    counts[HTTP_POOL.responses + statusClass["5xx"]] = 1;
    counts[HTTP_POOL.errors + httpUpstreamError.truncated] = 1;
    counts[HTTP_POOL.retries] = 2;
    record(counts, HTTP_POOL.requestDuration, 10);
    const server = metrics.block("httpServer", "main/a", worker);
    server[HTTP_SERVER.requests] = 7;
    server[HTTP_SERVER.responses + statusClass["2xx"]] = 6;
    server[HTTP_SERVER.pendingRequests] = 4;
    server[HTTP_SERVER.openConnections] = 3;
    server[HTTP_SERVER.idleConnections] = 2;
    record(server, HTTP_SERVER.timeToHead, 8);
  }
  const view = told({ ...pool, http: {} } as PoolOptions, metrics);
  t.same(view, {
    pool: "main",
    protocol: "http",
    distribution: "ketama",
    hash: "md5",
    requests: 10,
    requests_in_flight: 2,
    responses: { "2xx": 6, "5xx": 2 },
    errors: { truncated: 2 },
    retries: 4,
    retries_refused: 0,
    overflows: 0,
    request_p50_us: 10,
    request_p99_us: 10,
    requests_failed: 4,
    request_recent_p50_us: null,
    request_recent_p99_us: null,
    servers: [
      {
        server: "a",
        address: "unix:/run/a.sock",
        weight: 3,
        state: "ready",
        reason: "",
        since_unix_ms: 1,
        next_probe_unix_ms: null,
        ejections: 0,
        resolved: null,
        requests: 14,
        requests_failed: 0,
        requests_in_flight: 0,
        requests_pending: 8,
        responses: { "2xx": 12 },
        errors: {},
        response_p50_us: 8,
        response_p99_us: 8,
        response_recent_p50_us: null,
        response_recent_p99_us: null,
        connections: 6,
        connections_idle: 4,
        read_bytes: 0,
        written_bytes: 0,
      },
    ],
  });
});
