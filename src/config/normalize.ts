import type { Address } from "../core/address.ts";
import { formatAddress } from "../core/address.ts";
import type { MemcacheListenerOptions } from "../proxy/listener-options.ts";
import { distributionTable } from "../ring/distribution-table.ts";
import type { AuthOptions, PoolOptions, ServerOptions } from "../upstream/pool-options.ts";
import type { Config } from "./config.ts";
import { parseListen, parseServer } from "./endpoint.ts";
import type { MemcacheListenerForm } from "./listener-schema.ts";
import type { CredentialsForm, PoolForm, ServerForm } from "./pool-schema.ts";
import type { ConfigForm } from "./schema.ts";
import { toBytes, toMilliseconds, valueOfReading } from "./units.ts";

/** What normalizing needs to know of the files that a configuration names. */
export interface Files {
  /** A path as the configuration has it, made absolute. */
  resolve(path: string): string;
  /** The secret that a file holds. */
  secret(path: string): string;
}

/** Turns a valid, filled-in form into what the daemon runs on. */
export function normalize(form: ConfigForm, files: Files): Config {
  const pools: Record<string, PoolOptions> = {};
  for (const [name, pool] of Object.entries(form.pools)) pools[name] = normalizePool(name, pool, files);
  return {
    admin: { listen: listenAddress(form.admin.listen) },
    workers: form.workers,
    log: form.log,
    lifecycle: { mode: form.lifecycle.mode, drain: toMilliseconds(form.lifecycle.drain) },
    snapshot: {
      version: 1,
      limits: { ...form.limits, bytes: toBytes(form.limits.bytes) },
      memcache: form.memcache.map((listener) => normalizeListener(listener, files)),
      pools,
    },
  };
}

/** Reads the address of a valid form. */
export function listenAddress(text: string): Address {
  return valueOfReading(parseListen(text));
}

/** The member of a pool that a valid form describes. */
export function normalizeServer(form: ServerForm): ServerOptions {
  const address = valueOfReading(parseServer(form.address));
  return {
    id: form.name ?? formatAddress(address),
    address,
    weight: form.weight,
    ...withoutNulls({ name: form.name }),
    ...(form.drain && { drain: true }),
  };
}

function normalizeListener(form: MemcacheListenerForm, files: Files): MemcacheListenerOptions {
  return {
    name: form.name,
    listen: listenAddress(form.listen),
    ...(form.socket_mode !== null && { socket_mode: Number.parseInt(form.socket_mode, 8) }),
    backlog: form.backlog,
    pool: form.pool,
    routes: form.routes,
    tls: form.tls && {
      cert: files.resolve(form.tls.cert),
      key: files.resolve(form.tls.key),
      ...(form.tls.client_ca !== null && { client_ca: files.resolve(form.tls.client_ca) }),
    },
    auth: form.auth === null ? null : form.auth.map((account) => normalizeAuth(account, files)),
    flush_all: form.flush_all === "allow",
    idle_timeout: toMilliseconds(form.idle_timeout),
    limits: { ...form.limits, bytes: toBytes(form.limits.bytes), value: toBytes(form.limits.value) },
  };
}

function normalizePool(name: string, form: PoolForm, files: Files): PoolOptions {
  const { eject, health, near_cache, mirror, warm_from } = form;
  return {
    name,
    ring: {
      distribution: form.ring.distribution,
      hash: form.ring.hash ?? distributionTable[form.ring.distribution].defaultHash,
      ...withoutNulls({ tag: form.ring.tag, seed: form.ring.seed }),
    },
    servers: form.servers.map(normalizeServer),
    timeout: toMilliseconds(form.timeout),
    connect_timeout: toMilliseconds(form.connect_timeout),
    connections: form.connections,
    preconnect: form.preconnect,
    tcp_keepalive: form.tcp_keepalive,
    limits: { requests: form.limits.requests, bytes: toBytes(form.limits.bytes) },
    eject: eject && {
      ...eject,
      window: toMilliseconds(eject.window),
      backoff: toMilliseconds(eject.backoff),
      max_backoff: toMilliseconds(eject.max_backoff),
    },
    health: health && { interval: toMilliseconds(health.interval), timeout: toMilliseconds(health.timeout) },
    tls: form.tls && {
      ...withoutNulls({
        ca: form.tls.ca && files.resolve(form.tls.ca),
        cert: form.tls.cert && files.resolve(form.tls.cert),
        key: form.tls.key && files.resolve(form.tls.key),
        server_name: form.tls.server_name,
      }),
      verify: form.tls.verify,
    },
    auth: form.auth && normalizeAuth(form.auth, files),
    on_error: form.on_error,
    near_cache: near_cache && {
      size: toBytes(near_cache.size),
      ttl: toMilliseconds(near_cache.ttl),
      max_value: toBytes(near_cache.max_value),
    },
    coalesce: form.coalesce,
    failover: form.failover,
    mirror,
    warm_from: warm_from && { pool: warm_from.pool, ttl: toMilliseconds(warm_from.ttl) / 1000 },
    hot_keys: form.hot_keys,
  };
}

function normalizeAuth(form: CredentialsForm, files: Files): AuthOptions {
  const { username, password, password_file } = form;
  if (password_file === null) return { username, password: password ?? "" };
  return { username, password: files.secret(password_file) };
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], null> };

/** In the options of the data plane a thing that was not given is absent rather than null. */
function withoutNulls<T extends object>(settings: T): Given<T> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null)) as Given<T>;
}
