import { formatAddress } from "../core/address.ts";
import type { MemcacheListenerOptions } from "../proxy/listener-options.ts";
import type { DiscoverOptions } from "../upstream/discover-options.ts";
import type { AuthOptions, PoolOptions, ServerOptions } from "../upstream/pool-options.ts";
import { appForm } from "./app-form.ts";
import type { Config } from "./config.ts";
import { type DiscoverForm, defaultInterval } from "./discover-schema.ts";
import { httpHealthForm, httpListenerForm, httpPoolForm } from "./http-form.ts";
import { lifecycleForm } from "./lifecycle-form.ts";
import { socketModeForm, tlsForm } from "./listener-form.ts";
import type { MemcacheListenerForm } from "./listener-schema.ts";
import { overloadForm } from "./overload-form.ts";
import type { CredentialsForm, PoolForm, ServerForm } from "./pool-schema.ts";
import { withoutProtocolDefaults } from "./protocol-defaults.ts";
import { replicateForm } from "./replicate-form.ts";
import type { ConfigForm } from "./schema.ts";
import { formatDuration, formatSize } from "./units.ts";

/** The way back of `normalize`: a running configuration as an operator would write it, nothing left out. */
export function formOf(config: Config): ConfigForm {
  const { snapshot } = config;
  return {
    admin: adminForm(config.admin),
    workers: config.workers,
    worker_timeout: formatDuration(config.workerTimeout),
    log: config.log,
    lifecycle: lifecycleForm(config.lifecycle),
    app: appForm(config.app),
    overload: overloadForm(config.overload),
    replicate: replicateForm(config.replicate),
    limits: { ...snapshot.limits, bytes: formatSize(snapshot.limits.bytes) },
    memcache: snapshot.memcache.map(listenerForm),
    http: (snapshot.http ?? []).map(httpListenerForm),
    pools: Object.fromEntries(Object.entries(snapshot.pools).map(([name, pool]) => [name, poolForm(pool)])),
  };
}

/** The same without what the pools would have anyway by what their servers speak. */
export function shortFormOf(config: Config): ConfigForm {
  const form = formOf(config);
  const pools = Object.entries(form.pools).map(([name, pool]) => {
    const protocol = config.snapshot.pools[name]?.http ? "http" : "memcache";
    return [name, withoutProtocolDefaults(pool, protocol)] as const;
  });
  return { ...form, pools: Object.fromEntries(pools) };
}

function adminForm({ listen, probes, remote, hosts }: Config["admin"]): ConfigForm["admin"] {
  return {
    listen: formatAddress(listen),
    probes: probes && formatAddress(probes),
    remote,
    hosts: [...hosts],
  };
}

/** One server as an operator would write it. */
export function serverForm(server: ServerOptions): ServerForm {
  return {
    address: formatAddress(server.address),
    weight: server.weight,
    name: server.name ?? null,
    drain: server.drain ?? false,
  };
}

function listenerForm(listener: MemcacheListenerOptions): MemcacheListenerForm {
  return {
    name: listener.name,
    listen: formatAddress(listener.listen),
    socket_mode: socketModeForm(listener.socket_mode),
    backlog: listener.backlog,
    pool: listener.pool,
    routes: listener.routes.map(({ prefix, pool }) => ({ prefix, pool })),
    tls: tlsForm(listener.tls),
    auth: listener.auth === null ? null : listener.auth.map(credentialsForm),
    flush_all: listener.flush_all ? "allow" : "forbid",
    idle_timeout: formatDuration(listener.idle_timeout),
    priority: listener.priority,
    limits: {
      ...listener.limits,
      bytes: formatSize(listener.limits.bytes),
      value: formatSize(listener.limits.value),
    },
  };
}

function poolForm(pool: PoolOptions): PoolForm {
  const { ring, eject, health, tls, near_cache, mirror, warm_from } = pool;
  return {
    ring: {
      distribution: ring.distribution,
      hash: ring.hash,
      tag: ring.tag ?? null,
      seed: ring.seed ?? null,
    },
    // What was found is not the operator's.
    servers: pool.discover ? null : pool.servers.map(serverForm),
    discover: pool.discover ? discoverForm(pool.discover) : null,
    http: pool.http ? httpPoolForm(pool.http) : null,
    timeout: formatDuration(pool.timeout),
    connect_timeout: formatDuration(pool.connect_timeout),
    connections: pool.connections,
    preconnect: pool.preconnect,
    tcp_keepalive: pool.tcp_keepalive,
    limits: { ...pool.limits, bytes: formatSize(pool.limits.bytes) },
    eject: eject && {
      ...eject,
      window: formatDuration(eject.window),
      backoff: formatDuration(eject.backoff),
      max_backoff: formatDuration(eject.max_backoff),
    },
    health: health && {
      interval: formatDuration(health.interval),
      timeout: formatDuration(health.timeout),
      ...httpHealthForm(health.http),
    },
    tls: tls && {
      ca: tls.ca ?? null,
      cert: tls.cert ?? null,
      key: tls.key ?? null,
      server_name: tls.server_name ?? null,
      verify: tls.verify,
    },
    auth: pool.auth && credentialsForm(pool.auth),
    on_error: pool.on_error,
    near_cache: near_cache && {
      size: formatSize(near_cache.size),
      ttl: formatDuration(near_cache.ttl),
      max_value: formatSize(near_cache.max_value),
    },
    coalesce: pool.coalesce,
    failover: [...pool.failover],
    mirror: mirror && { pool: mirror.pool, writes: mirror.writes, reads: mirror.reads },
    warm_from: warm_from && { pool: warm_from.pool, ttl: formatDuration(warm_from.ttl * 1000) },
    hot_keys: pool.hot_keys,
  };
}

function discoverForm(discover: DiscoverOptions): DiscoverForm {
  const { kind } = discover;
  return {
    dns: kind === "dns" ? discover.host : null,
    srv: kind === "srv" ? discover.name : null,
    file: kind === "file" ? discover.path : null,
    kubernetes: kind === "kubernetes" ? discover.service : null,
    namespace: kind === "kubernetes" ? discover.namespace : null,
    port: kind === "dns" || kind === "kubernetes" ? discover.port : null,
    interval: kind === "dns" || kind === "srv" ? formatDuration(discover.interval) : defaultInterval,
  };
}

/** The file that a password came from is no longer known; the password itself is, and is hidden where it is shown. */
function credentialsForm({ username, password }: AuthOptions): CredentialsForm {
  return { username, password, password_file: null };
}
