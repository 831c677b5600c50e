import { formatAddress } from "../core/address.ts";
import type { HashKey, HttpListenerOptions, HttpRoute } from "../proxy/http/http-listener-options.ts";
import type { Priority } from "../proxy/priority.ts";
import type { HttpHealthOptions, HttpPoolOptions } from "../upstream/http/http-pool-options.ts";
import type { HashKeyForm, HttpListenerForm, HttpRouteForm } from "./http-listener-schema.ts";
import type { HttpPoolForm } from "./http-pool-schema.ts";
import { defaultRoute, routeNames } from "./http-routes.ts";
import { socketModeForm, tlsForm } from "./listener-form.ts";
import { routeToRest } from "./normalize-http.ts";
import type { HealthForm } from "./pool-schema.ts";
import { formatDuration, formatSize } from "./units.ts";

/** The way back of `normalizeHttpListener`. */
export function httpListenerForm(listener: HttpListenerOptions): HttpListenerForm {
  const { limits } = listener;
  return {
    name: listener.name,
    listen: formatAddress(listener.listen),
    socket_mode: socketModeForm(listener.socket_mode),
    backlog: listener.backlog,
    ...routesForm(listener.routes),
    tls: tlsForm(listener.tls),
    http2: listener.http2,
    connect: listener.connect,
    upgrade: listener.upgrade,
    forwarded: listener.forwarded,
    access_log: shareForm(listener.access_log),
    idle_timeout: formatDuration(listener.idle_timeout),
    head_timeout: formatDuration(listener.head_timeout),
    body_timeout: formatDuration(listener.body_timeout),
    limits: {
      connections: limits.connections,
      requests: limits.requests,
      streams: limits.streams,
      head: formatSize(limits.head),
      headers: limits.headers,
      target: formatSize(limits.target),
      body: formatSize(limits.body),
      buffer: formatSize(limits.buffer),
    },
  };
}

/** The listener's own pool is its last route, and its hash and priority are those of this route. */
function routesForm(
  routes: readonly HttpRoute[],
): Pick<HttpListenerForm, "pool" | "hash" | "priority" | "routes"> {
  const last = routes.at(-1);
  const own = last?.name === defaultRoute && isRouteToRest(last) ? last : null;
  const hash = (own?.hash ?? []).map(hashKeyForm);
  const priority = own?.priority ?? "normal";
  const listed = own === null ? routes : routes.slice(0, -1);
  const names = routeNames(listed);
  return {
    pool: own?.pool ?? null,
    hash,
    priority,
    routes: listed.map((route, index) => routeForm(route, names[index] as string, { hash, priority })),
  };
}

function isRouteToRest(route: HttpRoute): boolean {
  const toRest = routeToRest(route.pool, route.hash, route.priority);
  return JSON.stringify({ ...toRest, ...route }) === JSON.stringify(toRest);
}

function routeForm(
  route: HttpRoute,
  usualName: string,
  usual: { readonly hash: readonly HashKeyForm[]; readonly priority: Priority },
): HttpRouteForm {
  const hash = route.hash.map(hashKeyForm);
  return {
    name: route.name === usualName ? null : route.name,
    host: route.host,
    path: route.path,
    headers: route.headers.map(({ name, value }) => ({ name, value })),
    pool: route.pool,
    rewrite: route.rewrite,
    hash: JSON.stringify(hash) === JSON.stringify(usual.hash) ? null : hash,
    timeout: formatDuration(route.timeout),
    priority: route.priority === usual.priority ? null : route.priority,
  };
}

function hashKeyForm(key: HashKey): HashKeyForm {
  const affinity = key.kind === "cookie" ? key.affinity : null;
  return {
    header: key.kind === "header" ? key.name : null,
    cookie: key.kind === "cookie" ? key.name : null,
    query: key.kind === "query" ? key.name : null,
    path: key.kind === "path" ? true : null,
    source_ip: key.kind === "source_ip" ? true : null,
    affinity: affinity && { ...affinity, max_age: formatDuration(affinity.max_age * 1000) },
  };
}

function shareForm(share: number): HttpListenerForm["access_log"] {
  if (share === 0) return "off";
  return share === 1 ? "on" : share;
}

/** The way back of `normalizeHttpPool`. */
export function httpPoolForm(http: HttpPoolOptions): HttpPoolForm {
  return {
    ...http,
    idle_timeout: formatDuration(http.idle_timeout),
    request_timeout: formatDuration(http.request_timeout),
    body_timeout: formatDuration(http.body_timeout),
    retry: { ...http.retry, on: [...http.retry.on], buffer: formatSize(http.retry.buffer) },
    fail_on: [...http.fail_on],
    slow_start: formatDuration(http.slow_start),
    head_limit: formatSize(http.head_limit),
  };
}

/** The way back of `normalizeHttpHealth`. */
export function httpHealthForm(
  http: HttpHealthOptions | undefined,
): Pick<HealthForm, "path" | "host" | "statuses"> {
  const [low, high] = http?.statuses ?? [200, 299];
  return {
    path: http?.path ?? null,
    host: http?.host ?? null,
    statuses: low === high ? String(low) : `${low}-${high}`,
  };
}
