import { addHistogram, histogramLength } from "./histogram.ts";
import { httpUpstreamError, statusClass } from "./http-metric-labels.ts";
import type { MetricInstance } from "./metric-instance.ts";
import { commands, upstreamError } from "./metric-labels.ts";
import { HTTP_POOL, HTTP_SERVER, POOL, SERVER } from "./metric-layout.ts";

/** What carries requests towards the servers, and is counted. */
export type CarrierEntity = "pool" | "server" | "httpPool" | "httpServer";

/** How the counters of such an entity are read. All counts are since the start. */
export interface TrafficCounts {
  /** Requests routed to a pool, or sent to a server. */
  requests(counts: MetricInstance): number;
  /**
   * Those that got no good answer. Memcache: errors of every kind. HTTP: a status of 500 or more, podmate's own
   * included, or an answer that broke off; of a server, also requests that it did not answer at all.
   */
  failed(counts: MetricInstance): number;
  /** Keys found and keys asked for, as far as that is known; null for HTTP and servers. */
  readonly keys: { hits(counts: MetricInstance): number; misses(counts: MetricInstance): number } | null;
  /** Adds how long answers took into `into` (`histogramLength` slots, overwritten); false where nothing was measured. */
  latency(counts: MetricInstance, into: Float64Array, scratch: Float64Array): boolean;
}

const errorKinds = Object.keys(upstreamError).length;
const httpErrorKinds = Object.keys(httpUpstreamError).length;

/** By what is counted. */
export const trafficCounts: Readonly<Record<CarrierEntity, TrafficCounts>> = {
  pool: {
    requests: (counts) => counts.value(POOL.requests, commands.length),
    failed: (counts) => counts.value(POOL.errors, errorKinds),
    keys: {
      hits: (counts) => counts.value(POOL.hits),
      misses: (counts) => counts.value(POOL.misses),
    },
    latency: (counts, into, scratch) => addUp(counts, POOL.requestDuration, commands.length, into, scratch),
  },
  server: {
    requests: (counts) => counts.value(SERVER.requests, commands.length),
    failed: (counts) => counts.value(SERVER.errors, errorKinds),
    keys: null,
    latency: (counts, into, scratch) =>
      addUp(counts, SERVER.responseDuration, commands.length, into, scratch),
  },
  httpPool: {
    requests: (counts) => counts.value(HTTP_POOL.requests),
    failed: (counts) =>
      counts.value(HTTP_POOL.responses + statusClass["5xx"]) +
      counts.value(HTTP_POOL.errors + httpUpstreamError.truncated) +
      counts.value(HTTP_POOL.errors + httpUpstreamError.body_timeout),
    keys: null,
    latency: (counts, into, scratch) => addUp(counts, HTTP_POOL.requestDuration, 1, into, scratch),
  },
  httpServer: {
    requests: (counts) => counts.value(HTTP_SERVER.requests),
    // A status that counts as a failure is a 5xx as a rule, and counted as such.
    failed: (counts) =>
      counts.value(HTTP_SERVER.responses + statusClass["5xx"]) +
      counts.value(HTTP_SERVER.errors, httpErrorKinds) -
      counts.value(HTTP_SERVER.errors + httpUpstreamError.server_error),
    keys: null,
    latency: (counts, into, scratch) => addUp(counts, HTTP_SERVER.timeToHead, 1, into, scratch),
  },
};

/** `histograms` in a row, from `offset` on, as one. */
function addUp(
  counts: MetricInstance,
  offset: number,
  histograms: number,
  into: Float64Array,
  scratch: Float64Array,
): boolean {
  into.fill(0);
  let found = false;
  for (let i = 0; i < histograms; i++) {
    if (!counts.histogram(offset + i * histogramLength, scratch)) continue;
    addHistogram(into, 0, scratch, 0);
    found = true;
  }
  return found;
}
