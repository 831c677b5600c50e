import type { Address } from "../core/address.ts";
import { formatAddress } from "../core/address.ts";
import type { MemcacheListenerOptions } from "../proxy/listener-options.ts";
import { distributionTable } from "../ring/distribution-table.ts";
import type { DiscoverOptions } from "../upstream/discover-options.ts";
import type { AuthOptions, HealthOptions, PoolOptions, ServerOptions } from "../upstream/pool-options.ts";
import { normalizeApp } from "./app-form.ts";
import type { Config } from "./config.ts";
import type { DiscoverForm } from "./discover-schema.ts";
import { parseListen, parseServer } from "./endpoint.ts";
import { normalizeLifecycle } from "./lifecycle-form.ts";
import type { MemcacheListenerForm } from "./listener-schema.ts";
import { normalizeHttpHealth, normalizeHttpListener, normalizeHttpPool } from "./normalize-http.ts";
import { normalizeOverload } from "./overload-form.ts";
import type { CredentialsForm, HealthForm, PoolForm, ServerForm } from "./pool-schema.ts";
import { PoolUsers } from "./pool-users.ts";
import { defaultPort, type Protocol, protocolDefaults } from "./protocol.ts";
import { normalizeReplicate } from "./replicate-form.ts";
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
  const users = new PoolUsers(form);
  for (const [name, pool] of Object.entries(form.pools)) {
    pools[name] = normalizePool(name, pool, users.protocolOf(name) ?? "memcache", files);
  }
  return {
    admin: normalizeAdmin(form.admin, files),
    workers: form.workers,
    workerTimeout: toMilliseconds(form.worker_timeout),
    log: form.log,
    lifecycle: normalizeLifecycle(form.lifecycle),
    app: normalizeApp(form.app, files.resolve),
    overload: normalizeOverload(form.overload, (path) => files.resolve(path)),
    replicate: normalizeReplicate(form.replicate),
    snapshot: {
      version: 1,
      limits: { ...form.limits, bytes: toBytes(form.limits.bytes) },
      memcache: form.memcache.map((listener) => normalizeListener(listener, files)),
      http: form.http.map((listener) => ({
        ...normalizeHttpListener(listener),
        ...normalizeListen(listener, files),
      })),
      pools,
    },
  };
}

function normalizeAdmin(
  { listen, probes, remote, hosts }: ConfigForm["admin"],
  files: Files,
): Config["admin"] {
  return {
    listen: listenAddress(listen),
    probes: probes === null ? null : listenAddress(probes),
    remote: remote && { token_file: files.resolve(remote.token_file) },
    hosts,
  };
}

/** Reads the address of a valid form. */
export function listenAddress(text: string): Address {
  return valueOfReading(parseListen(text));
}

/** The member of a pool that a valid form describes. `port` is taken where its address names none. */
export function normalizeServer(form: ServerForm, port: number): ServerOptions {
  const address = valueOfReading(parseServer(form.address, port));
  return {
    id: form.name ?? formatAddress(address),
    address,
    weight: form.weight,
    ...withoutNulls({ name: form.name }),
    ...(form.drain && { drain: true }),
  };
}

/** What listeners of both kinds have. */
function normalizeListen(
  { listen, socket_mode, tls }: Pick<MemcacheListenerForm, "listen" | "socket_mode" | "tls">,
  files: Files,
): Pick<MemcacheListenerOptions, "listen" | "socket_mode" | "tls"> {
  return {
    listen: listenAddress(listen),
    ...(socket_mode !== null && { socket_mode: Number.parseInt(socket_mode, 8) }),
    tls: tls && {
      cert: files.resolve(tls.cert),
      key: files.resolve(tls.key),
      ...(tls.client_ca !== null && { client_ca: files.resolve(tls.client_ca) }),
    },
  };
}

function normalizeListener(form: MemcacheListenerForm, files: Files): MemcacheListenerOptions {
  return {
    name: form.name,
    ...normalizeListen(form, files),
    backlog: form.backlog,
    pool: form.pool,
    routes: form.routes,
    auth: form.auth === null ? null : form.auth.map((account) => normalizeAuth(account, files)),
    flush_all: form.flush_all === "allow",
    idle_timeout: toMilliseconds(form.idle_timeout),
    priority: form.priority,
    limits: { ...form.limits, bytes: toBytes(form.limits.bytes), value: toBytes(form.limits.value) },
  };
}

function normalizePool(name: string, form: PoolForm, protocol: Protocol, files: Files): PoolOptions {
  const { eject, health, near_cache, mirror, warm_from } = form;
  const port = defaultPort(protocol, form.tls !== null);
  return {
    name,
    ring: {
      distribution: form.ring.distribution,
      hash: form.ring.hash ?? distributionTable[form.ring.distribution].defaultHash,
      ...withoutNulls({ tag: form.ring.tag, seed: form.ring.seed }),
    },
    servers: (form.servers ?? []).map((server) => normalizeServer(server, port)),
    ...(form.discover && { discover: normalizeDiscover(form.discover, port, files) }),
    ...(protocol === "http" && { http: normalizeHttpPool(form.http) }),
    timeout: toMilliseconds(form.timeout ?? protocolDefaults.timeout[protocol]),
    connect_timeout: toMilliseconds(form.connect_timeout),
    connections: form.connections ?? protocolDefaults.connections[protocol],
    preconnect: form.preconnect,
    tcp_keepalive: form.tcp_keepalive,
    limits: { ...form.limits, bytes: toBytes(form.limits.bytes) },
    eject: eject && {
      ...eject,
      on_eject: eject.on_eject ?? protocolDefaults.on_eject[protocol],
      window: toMilliseconds(eject.window),
      backoff: toMilliseconds(eject.backoff),
      max_backoff: toMilliseconds(eject.max_backoff),
    },
    health: health && normalizeHealth(health),
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

function normalizeDiscover(form: DiscoverForm, port: number, files: Files): DiscoverOptions {
  const { dns, srv, file, kubernetes: service, namespace } = form;
  const interval = toMilliseconds(form.interval);
  // A number may come as a text, from a variable.
  const given = form.port !== null && /^\d+$/.test(String(form.port)) ? Number(form.port) : form.port;
  if (dns !== null)
    return { kind: "dns", host: dns, port: typeof given === "number" ? given : port, interval };
  if (srv !== null) return { kind: "srv", name: srv, interval };
  if (file !== null) return { kind: "file", path: files.resolve(file) };
  return { kind: "kubernetes", service: service ?? "", namespace, port: given };
}

function normalizeHealth(form: HealthForm): HealthOptions {
  const http = normalizeHttpHealth(form);
  return {
    interval: toMilliseconds(form.interval),
    timeout: toMilliseconds(form.timeout),
    ...(http && { http }),
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
