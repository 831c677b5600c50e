import { metricKey } from "../../observe/metric-key.ts";
import { upstreamError } from "../../observe/metric-labels.ts";
import { POOL, SERVER } from "../../observe/metric-layout.ts";
import type { MetricRegistry } from "../../observe/metric-registry.ts";
import type { RecentLatency } from "../../observe/recent-latency.ts";
import { trafficCounts } from "../../observe/traffic-counts.ts";
import { carried, countsBy } from "./view-counts.ts";

/** What a memcache pool has counted, over all commands together. */
export function memcachePoolCounts(pool: string, metrics: MetricRegistry, recent: RecentLatency) {
  const counts = metrics.find("pool", pool);
  return {
    ...carried("request", trafficCounts.pool, counts, recent),
    requests_in_flight: counts?.value(POOL.requestsInFlight) ?? 0,
    errors: countsBy(counts, POOL.errors, upstreamError),
    hits: counts?.value(POOL.hits) ?? 0,
    misses: counts?.value(POOL.misses) ?? 0,
  };
}

/** What has been counted of a server of such a pool. */
export function memcacheServerCounts(
  pool: string,
  server: string,
  metrics: MetricRegistry,
  recent: RecentLatency,
) {
  const counts = metrics.find("server", metricKey(pool, server));
  return {
    ...carried("response", trafficCounts.server, counts, recent),
    requests_in_flight: counts?.value(SERVER.requestsInFlight) ?? 0,
    errors: countsBy(counts, SERVER.errors, upstreamError),
    connections: counts?.value(SERVER.openConnections) ?? 0,
    read_bytes: counts?.value(SERVER.readBytes) ?? 0,
    written_bytes: counts?.value(SERVER.writtenBytes) ?? 0,
  };
}
