import type { DiscoverOptions } from "../discover-options.ts";
import type { PoolOptions } from "../pool-options.ts";

/** A pool that has its servers found. */
export type DiscoveringPool = Pick<PoolOptions, "name" | "http" | "tls"> & {
  readonly discover: DiscoverOptions;
};

/** Ports of servers that name none, after IANA's register. */
const memcachePort = 11211;
const httpPort = 80;
const httpsPort = 443;

/** What the source of a pool depends on: as long as this is the same, it is the same source. */
export function sourceIdentity(pool: DiscoveringPool): string {
  return JSON.stringify([pool.discover, defaultPort(pool)]);
}

/** The port of servers that are found without one. */
export function defaultPort({ http, tls }: DiscoveringPool): number {
  if (http === undefined) return memcachePort;
  return tls === null ? httpPort : httpsPort;
}
