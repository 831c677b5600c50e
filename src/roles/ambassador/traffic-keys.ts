import { metricKey } from "../../observe/metric-key.ts";
import type { TrafficEntity } from "../../observe/metric-table.ts";
import type { Snapshot } from "../../proxy/listener-options.ts";

/** What is counted of a snapshot: the keys of its listeners, routes, pools and servers. */
export function trafficKeys({ memcache, http = [], pools }: Snapshot): [TrafficEntity, string[]][] {
  const ofHttp = Object.values(pools).filter((pool) => pool.http !== undefined);
  const ofMemcache = Object.values(pools).filter((pool) => pool.http === undefined);
  const names = (things: readonly { readonly name: string }[]): string[] => things.map(({ name }) => name);
  const serversOf = (pools: typeof ofHttp): string[] =>
    pools.flatMap(({ name, servers }) => servers.map(({ id }) => metricKey(name, id)));
  return [
    ["listener", names(memcache)],
    ["pool", names(ofMemcache)],
    ["server", serversOf(ofMemcache)],
    ["httpListener", names(http)],
    ["httpRoute", http.flatMap(({ name, routes }) => routes.map((route) => metricKey(name, route.name)))],
    ["httpPool", names(ofHttp)],
    ["httpServer", serversOf(ofHttp)],
  ];
}
