import { httpUpstreamError, statusClass } from "../../observe/http-metric-labels.ts";
import { metricKey } from "../../observe/metric-key.ts";
import { HTTP_POOL, HTTP_SERVER } from "../../observe/metric-layout.ts";
import type { MetricRegistry } from "../../observe/metric-registry.ts";
import type { RecentLatency } from "../../observe/recent-latency.ts";
import { trafficCounts } from "../../observe/traffic-counts.ts";
import { carried, countsBy } from "./view-counts.ts";

/** What a pool that speaks HTTP has counted. */
export function httpPoolCounts(pool: string, metrics: MetricRegistry, recent: RecentLatency) {
  const counts = metrics.find("httpPool", pool);
  return {
    ...carried("request", trafficCounts.httpPool, counts, recent),
    requests_in_flight: counts?.value(HTTP_POOL.requestsInFlight) ?? 0,
    responses: countsBy(counts, HTTP_POOL.responses, statusClass),
    errors: countsBy(counts, HTTP_POOL.errors, httpUpstreamError),
    retries: counts?.value(HTTP_POOL.retries) ?? 0,
    retries_refused: counts?.value(HTTP_POOL.retriesRefused) ?? 0,
    overflows: counts?.value(HTTP_POOL.overflows) ?? 0,
  };
}

/** What has been counted of a server of such a pool; its latency is up to the head of the answer. */
export function httpServerCounts(
  pool: string,
  server: string,
  metrics: MetricRegistry,
  recent: RecentLatency,
) {
  const counts = metrics.find("httpServer", metricKey(pool, server));
  return {
    ...carried("response", trafficCounts.httpServer, counts, recent),
    requests_in_flight: counts?.value(HTTP_SERVER.requestsInFlight) ?? 0,
    requests_pending: counts?.value(HTTP_SERVER.pendingRequests) ?? 0,
    responses: countsBy(counts, HTTP_SERVER.responses, statusClass),
    errors: countsBy(counts, HTTP_SERVER.errors, httpUpstreamError),
    connections: counts?.value(HTTP_SERVER.openConnections) ?? 0,
    connections_idle: counts?.value(HTTP_SERVER.idleConnections) ?? 0,
    read_bytes: counts?.value(HTTP_SERVER.readBytes) ?? 0,
    written_bytes: counts?.value(HTTP_SERVER.writtenBytes) ?? 0,
  };
}
