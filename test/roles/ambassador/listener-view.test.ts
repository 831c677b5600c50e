import t from "tap";
import { httpMethod, statusClass } from "../../../src/observe/http-metric-labels.ts";
import { clientError, command } from "../../../src/observe/metric-labels.ts";
import { HTTP_LISTENER, HTTP_ROUTE, LISTENER } from "../../../src/observe/metric-layout.ts";
import { MetricRegistry } from "../../../src/observe/metric-registry.ts";
import type { Snapshot } from "../../../src/proxy/listener-options.ts";
import { listenerViews } from "../../../src/roles/ambassador/listener-view.ts";

const listen = { host: "127.0.0.1", port: 11211 };
const route = { name: "all", host: null, path: "/", headers: [], pool: "app" };
const snapshot = {
  memcache: [
    { name: "cache", listen, tls: null, pool: "main", routes: [{ prefix: "user:", pool: "users" }] },
    { name: "plain", listen: { path: "/run/p.sock" }, tls: null, pool: "main", routes: [] },
  ],
  http: [
    {
      name: "web",
      listen: { host: "::1", port: 8080 },
      tls: { cert: "c", key: "k" },
      routes: [
        {
          ...route,
          name: "beta",
          host: "api.example.com",
          path: "/v1",
          headers: [
            { name: "x-beta", value: null },
            { name: "x-team", value: "a" },
          ],
        },
        route,
      ],
    },
  ],
  pools: {},
} as unknown as Snapshot;

t.test("before the listeners are open there is none", async (t) => {
  t.same(listenerViews(null, new MetricRegistry()), []);
});

t.test("listeners with what they have taken, and where their routes lead", async (t) => {
  const metrics = new MetricRegistry();
  for (const worker of [0, 1]) {
    const cache = metrics.block("listener", "cache", worker);
    cache[LISTENER.openConnections] = 2;
    cache[LISTENER.connections] = 5;
    cache[LISTENER.requests + command.get] = 10;
    cache[LISTENER.requests + command.set] = 1;
    cache[LISTENER.errors + clientError.bad_command] = 1;
    const web = metrics.block("httpListener", "web", worker);
    web[HTTP_LISTENER.requests + httpMethod.post] = 3;
    const beta = metrics.block("httpRoute", "web/beta", worker);
    beta[HTTP_ROUTE.requests + statusClass["2xx"]] = 4;
    beta[HTTP_ROUTE.requests + statusClass["5xx"]] = 1;
  }
  t.same(listenerViews(snapshot, metrics), [
    {
      listener: "cache",
      protocol: "memcache",
      address: "127.0.0.1:11211",
      tls: false,
      connections: 4,
      connections_total: 10,
      requests: 22,
      errors: { bad_command: 2 },
      routes: [
        { route: "user:", takes: "keys user:…", pool: "users" },
        { route: "", takes: "all other keys", pool: "main" },
      ],
    },
    {
      listener: "plain",
      protocol: "memcache",
      address: "unix:/run/p.sock",
      tls: false,
      connections: 0,
      connections_total: 0,
      requests: 0,
      errors: {},
      routes: [{ route: "", takes: "all keys", pool: "main" }],
    },
    {
      listener: "web",
      protocol: "http",
      address: "[::1]:8080",
      tls: true,
      connections: 0,
      connections_total: 0,
      requests: 6,
      errors: {},
      routes: [
        {
          route: "beta",
          takes: "api.example.com/v1 with x-beta, x-team: a",
          pool: "app",
          requests: 10,
          requests_failed: 2,
          requests_in_flight: 0,
        },
        { route: "all", takes: "/", pool: "app", requests: 0, requests_failed: 0, requests_in_flight: 0 },
      ],
    },
  ]);
});
