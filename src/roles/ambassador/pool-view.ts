import { formatAddress } from "../../core/address.ts";
import type { MetricRegistry } from "../../observe/metric-registry.ts";
import type { RecentLatency } from "../../observe/recent-latency.ts";
import type { DiscoveryState } from "../../upstream/discovery/discovery.ts";
import type { PoolOptions, ServerOptions } from "../../upstream/pool-options.ts";
import { httpPoolCounts, httpServerCounts } from "./http-pool-view.ts";
import { memcachePoolCounts, memcacheServerCounts } from "./memcache-pool-view.ts";
import type { OverrideView } from "./server-overrides.ts";
import type { ServiceState } from "./service-state.ts";

/**
 * A pool in numbers, for people and scripts. They are gathered when they are asked for, and those of each server apart:
 * there may be thousands. `discovery`: how its servers are found, where they are.
 */
export function poolView(
  pool: PoolOptions,
  metrics: MetricRegistry,
  recent: RecentLatency,
  stateOf: (server: ServerOptions) => ServiceState,
  discovery?: DiscoveryState,
  overrideOf: (server: string) => OverrideView | undefined = () => undefined,
) {
  const { name, ring, servers } = pool;
  const speaksHttp = pool.http !== undefined;
  return {
    pool: name,
    figures: () => ({
      pool: name,
      protocol: speaksHttp ? ("http" as const) : ("memcache" as const),
      distribution: ring.distribution,
      hash: ring.hash,
      ...(speaksHttp ? httpPoolCounts : memcachePoolCounts)(name, metrics, recent),
      ...(discovery && { discovery: discoveryView(discovery) }),
    }),
    servers: servers.map((server) => {
      const service = stateOf(server);
      return {
        server: server.id,
        state: service.state,
        view() {
          const override = overrideOf(server.id);
          return {
            server: server.id,
            address: formatAddress(server.address),
            weight: server.weight,
            ...service,
            ...(override && { override }),
            ...(speaksHttp ? httpServerCounts : memcacheServerCounts)(name, server.id, metrics, recent),
          };
        },
      };
    }),
  };
}

function discoveryView({ source, target, lastSuccess, error, failures, servers }: DiscoveryState) {
  return { source, target, last_success_unix_ms: lastSuccess, error, failures, servers };
}
