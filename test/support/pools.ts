import type { PoolOptions, ServerOptions } from "../../src/upstream/pool-options.ts";

/** A server of that id on a port of 127.0.0.1. */
export function serverOptions(id: string, port = 11211, more: Partial<ServerOptions> = {}): ServerOptions {
  return { id, address: { host: "127.0.0.1", port }, weight: 1, ...more };
}

/** A pool with everything optional switched off. */
export function poolOptions(
  name: string,
  servers: readonly ServerOptions[],
  more: Partial<PoolOptions> = {},
): PoolOptions {
  return {
    name,
    servers,
    ring: { distribution: "ketama", hash: "fnv1a_64" },
    timeout: 250,
    connect_timeout: 100,
    connections: 1,
    preconnect: false,
    tcp_keepalive: false,
    limits: { requests: 1000, bytes: 1 << 20, large_values: 16 },
    eject: null,
    health: null,
    tls: null,
    auth: null,
    on_error: "partial",
    near_cache: null,
    coalesce: false,
    failover: [],
    mirror: null,
    warm_from: null,
    hot_keys: 0,
    ...more,
  };
}
