import type { HashKey, HttpListenerOptions, HttpRoute } from "../proxy/http/http-listener-options.ts";
import type { Priority } from "../proxy/priority.ts";
import type { HttpHealthOptions, HttpPoolOptions } from "../upstream/http/http-pool-options.ts";
import { fillDefaults } from "./fill-defaults.ts";
import type { HashKeyForm, HttpListenerForm, HttpRouteForm } from "./http-listener-schema.ts";
import { type HttpPoolForm, httpPool } from "./http-pool-schema.ts";
import { defaultRoute, type RouteMatch, routeNames } from "./http-routes.ts";
import type { HealthForm } from "./pool-schema.ts";
import { toBytes, toMilliseconds } from "./units.ts";

/** What an HTTP listener has of its own; its address and files are `normalize`'s. */
export function normalizeHttpListener(
  form: HttpListenerForm,
): Omit<HttpListenerOptions, "listen" | "socket_mode" | "tls"> {
  return {
    name: form.name,
    backlog: form.backlog,
    routes: normalizeRoutes(form),
    http2: form.http2,
    connect: form.connect,
    upgrade: form.upgrade,
    forwarded: form.forwarded,
    access_log: normalizeShare(form.access_log),
    idle_timeout: toMilliseconds(form.idle_timeout),
    head_timeout: toMilliseconds(form.head_timeout),
    body_timeout: toMilliseconds(form.body_timeout),
    limits: {
      connections: form.limits.connections,
      requests: form.limits.requests,
      streams: form.limits.streams,
      head: toBytes(form.limits.head),
      headers: form.limits.headers,
      target: toBytes(form.limits.target),
      body: toBytes(form.limits.body),
      buffer: toBytes(form.limits.buffer),
    },
  };
}

/** Which requests a route takes. Names of hosts and headers have no case (RFC 9110 4.2.3 and 5.1). */
export function normalizeMatch({ host, path, headers }: HttpRouteForm): RouteMatch {
  return {
    host: host?.toLowerCase() ?? null,
    path,
    headers: headers.map(({ name, value }) => ({ name: name.toLowerCase(), value })),
  };
}

function normalizeRoutes({ pool, hash, priority, routes }: HttpListenerForm): HttpRoute[] {
  const matches = routes.map(normalizeMatch);
  const names = routeNames(matches);
  const normalized = routes.map((route, index) => ({
    name: route.name ?? (names[index] as string),
    ...(matches[index] as RouteMatch),
    pool: route.pool,
    rewrite: route.rewrite,
    hash: (route.hash ?? hash).map(normalizeHashKey),
    timeout: toMilliseconds(route.timeout),
    priority: route.priority ?? priority,
  }));
  return pool === null
    ? normalized
    : [...normalized, routeToRest(pool, hash.map(normalizeHashKey), priority)];
}

/** The route that a listener's own pool is. */
export function routeToRest(pool: string, hash: readonly HashKey[], priority: Priority): HttpRoute {
  return {
    name: defaultRoute,
    host: null,
    path: "/",
    headers: [],
    pool,
    rewrite: null,
    hash,
    timeout: 0,
    priority,
  };
}

function normalizeHashKey({ header, cookie, query, path, affinity }: HashKeyForm): HashKey {
  if (header !== null) return { kind: "header", name: header.toLowerCase() };
  if (cookie !== null) {
    const given = affinity && { ...affinity, max_age: toMilliseconds(affinity.max_age) / 1000 };
    return { kind: "cookie", name: cookie, affinity: given };
  }
  if (query !== null) return { kind: "query", name: query };
  return path === true ? { kind: "path" } : { kind: "source_ip" };
}

function normalizeShare(share: HttpListenerForm["access_log"]): number {
  if (typeof share === "number") return share;
  return share === "on" ? 1 : 0;
}

/** How HTTP is spoken with the servers of a pool that is for HTTP; null: as by default. */
export function normalizeHttpPool(given: HttpPoolForm | null): HttpPoolOptions {
  const form = given ?? (fillDefaults(httpPool, {}) as HttpPoolForm);
  return {
    ...form,
    idle_timeout: toMilliseconds(form.idle_timeout),
    request_timeout: toMilliseconds(form.request_timeout),
    body_timeout: toMilliseconds(form.body_timeout),
    retry: { ...form.retry, buffer: toBytes(form.retry.buffer) },
    slow_start: toMilliseconds(form.slow_start),
    head_limit: toBytes(form.head_limit),
  };
}

/** What probes ask for; undefined: they only connect. */
export function normalizeHttpHealth({ path, host, statuses }: HealthForm): HttpHealthOptions | undefined {
  if (path === null) return undefined;
  const [low, high = low] = statuses.split("-").map(Number) as [number, number?];
  return { path, ...(host !== null && { host }), statuses: [low, high] };
}
