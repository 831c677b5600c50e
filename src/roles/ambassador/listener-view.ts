import { formatAddress } from "../../core/address.ts";
import { httpClientError, httpMethod, statusClass } from "../../observe/http-metric-labels.ts";
import { metricKey } from "../../observe/metric-key.ts";
import { clientError, commands } from "../../observe/metric-labels.ts";
import { HTTP_LISTENER, HTTP_ROUTE, LISTENER } from "../../observe/metric-layout.ts";
import type { MetricRegistry } from "../../observe/metric-registry.ts";
import type { HttpListenerOptions, HttpRoute } from "../../proxy/http/http-listener-options.ts";
import type { MemcacheListenerOptions, Snapshot } from "../../proxy/listener-options.ts";
import { countsBy } from "./view-counts.ts";

/** The listeners with what they have taken, and where their routes lead. */
export function listenerViews(snapshot: Snapshot | null, metrics: MetricRegistry) {
  return [
    ...(snapshot?.memcache ?? []).map((options) => memcacheListener(options, metrics)),
    ...(snapshot?.http ?? []).map((options) => httpListener(options, metrics)),
  ];
}

function memcacheListener(
  { name, listen, tls, pool, routes }: MemcacheListenerOptions,
  metrics: MetricRegistry,
) {
  const counts = metrics.find("listener", name);
  return {
    listener: name,
    protocol: "memcache" as const,
    address: formatAddress(listen),
    tls: tls !== null,
    connections: counts?.value(LISTENER.openConnections) ?? 0,
    connections_total: counts?.value(LISTENER.connections) ?? 0,
    requests: counts?.value(LISTENER.requests, commands.length) ?? 0,
    errors: countsBy(counts, LISTENER.errors, clientError),
    routes: [
      ...routes.map((route) => ({ route: route.prefix, takes: `keys ${route.prefix}…`, pool: route.pool })),
      { route: "", takes: routes.length === 0 ? "all keys" : "all other keys", pool },
    ],
  };
}

function httpListener({ name, listen, tls, routes }: HttpListenerOptions, metrics: MetricRegistry) {
  const counts = metrics.find("httpListener", name);
  return {
    listener: name,
    protocol: "http" as const,
    address: formatAddress(listen),
    tls: tls !== null,
    connections: counts?.value(HTTP_LISTENER.openConnections) ?? 0,
    connections_total: counts?.value(HTTP_LISTENER.connections) ?? 0,
    requests: counts?.value(HTTP_LISTENER.requests, Object.keys(httpMethod).length) ?? 0,
    errors: countsBy(counts, HTTP_LISTENER.errors, httpClientError),
    routes: routes.map((route) => httpRoute(name, route, metrics)),
  };
}

function httpRoute(listener: string, route: HttpRoute, metrics: MetricRegistry) {
  const counts = metrics.find("httpRoute", metricKey(listener, route.name));
  const { requests } = HTTP_ROUTE;
  return {
    route: route.name,
    takes: whatItTakes(route),
    pool: route.pool,
    requests: counts?.value(requests, Object.keys(statusClass).length) ?? 0,
    requests_failed: counts?.value(requests + statusClass["5xx"]) ?? 0,
    requests_in_flight: counts?.value(HTTP_ROUTE.requestsInFlight) ?? 0,
  };
}

/** `api.example.com/v1 with x-beta: yes`; without a host where every host is taken. */
function whatItTakes({ host, path, headers }: HttpRoute): string {
  const wanted = headers.map(({ name, value }) => (value === null ? name : `${name}: ${value}`));
  return `${host ?? ""}${path}${wanted.length === 0 ? "" : ` with ${wanted.join(", ")}`}`;
}
