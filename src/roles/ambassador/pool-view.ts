import { formatAddress } from "../../core/address.ts";
import { addHistogram, histogramLength, quantile } from "../../observe/histogram.ts";
import type { MetricInstance } from "../../observe/metric-instance.ts";
import { metricKey } from "../../observe/metric-key.ts";
import { commands, upstreamError } from "../../observe/metric-labels.ts";
import { POOL, SERVER } from "../../observe/metric-layout.ts";
import type { MetricRegistry } from "../../observe/metric-registry.ts";
import type { DiscoveryState } from "../../upstream/discovery/discovery.ts";
import type { PoolOptions, ServerOptions } from "../../upstream/pool-options.ts";
import type { ServiceState } from "./service-state.ts";

/** A pool in numbers, for people and scripts. `discovery`: how its servers are found, where they are. */
export function poolView(
  pool: PoolOptions,
  metrics: MetricRegistry,
  stateOf: (server: ServerOptions) => ServiceState,
  discovery?: DiscoveryState,
) {
  const counts = metrics.find("pool", pool.name);
  return {
    pool: pool.name,
    distribution: pool.ring.distribution,
    hash: pool.ring.hash,
    requests: counts?.value(POOL.requests, commands.length) ?? 0,
    requests_in_flight: counts?.value(POOL.requestsInFlight) ?? 0,
    errors: errorsOf(counts, POOL.errors),
    hits: counts?.value(POOL.hits) ?? 0,
    misses: counts?.value(POOL.misses) ?? 0,
    ...named("request", latency(counts, POOL.requestDuration)),
    ...(discovery && { discovery: discoveryView(discovery) }),
    servers: pool.servers.map((server) => serverView(pool, server, metrics, stateOf(server))),
  };
}

function discoveryView({ source, target, lastSuccess, error, failures, servers }: DiscoveryState) {
  return { source, target, last_success_unix_ms: lastSuccess, error, failures, servers };
}

function serverView(pool: PoolOptions, server: ServerOptions, metrics: MetricRegistry, state: ServiceState) {
  const counts = metrics.find("server", metricKey(pool.name, server.id));
  return {
    server: server.id,
    address: formatAddress(server.address),
    weight: server.weight,
    ...state,
    requests: counts?.value(SERVER.requests, commands.length) ?? 0,
    requests_in_flight: counts?.value(SERVER.requestsInFlight) ?? 0,
    errors: errorsOf(counts, SERVER.errors),
    ...named("response", latency(counts, SERVER.responseDuration)),
    connections: counts?.value(SERVER.openConnections) ?? 0,
    read_bytes: counts?.value(SERVER.readBytes) ?? 0,
    written_bytes: counts?.value(SERVER.writtenBytes) ?? 0,
  };
}

function named<N extends string>(name: N, { p50, p99 }: Latency) {
  return { [`${name}_p50_us`]: p50, [`${name}_p99_us`]: p99 } as Record<
    `${N}_p50_us` | `${N}_p99_us`,
    number | null
  >;
}

/** Errors by kind; kinds that never happened are left out. */
function errorsOf(counts: MetricInstance | undefined, offset: number): Record<string, number> {
  const entries = Object.entries(upstreamError).map(
    ([kind, index]) => [kind, counts?.value(offset + index) ?? 0] as const,
  );
  return Object.fromEntries(entries.filter(([, count]) => count > 0));
}

interface Latency {
  readonly p50: number | null;
  readonly p99: number | null;
}

/** Over all commands together, in µs. */
function latency(counts: MetricInstance | undefined, offset: number): Latency {
  const sum = new Float64Array(histogramLength);
  const one = new Float64Array(histogramLength);
  let any = false;
  for (let command = 0; command < commands.length; command++) {
    if (counts?.histogram(offset + command * histogramLength, one) !== true) continue;
    addHistogram(sum, 0, one, 0);
    any = true;
  }
  return any ? { p50: quantile(sum, 0, 0.5), p99: quantile(sum, 0, 0.99) } : { p50: null, p99: null };
}
