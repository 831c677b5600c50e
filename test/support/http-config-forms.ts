import fc from "fast-check";
import { distributionTable } from "../../src/ring/distribution-table.ts";
import { duration, ring, servers, size, some, toggle } from "./config-settings.ts";

export const httpPoolNames = ["api", "web pages", "$${WEB}", "toString"];

const headerName = fc.constantFrom("x-user-id", "X-Tenant", "Cookie");
const hashKey = fc.oneof(
  headerName.map((header) => ({ header })),
  fc.record(
    {
      cookie: fc.constantFrom("sid", "JSESSIONID"),
      affinity: toggle({
        max_age: fc.constantFrom("1h", "90s", 0),
        path: fc.constantFrom("/", "/app"),
        same_site: fc.constantFrom("lax", "strict"),
      }),
    },
    { requiredKeys: ["cookie"] },
  ),
  fc.constantFrom({ query: "id" }, { query: "a[b]" }, { path: true }, { source_ip: true }),
);
/** Behind one that hands out a cookie, no other is asked for. */
const hash = fc.array(hashKey, { maxLength: 4 }).map((keys) => {
  const giver = keys.findIndex((key) => "affinity" in key && key.affinity !== false);
  return giver < 0 ? keys : keys.slice(0, giver + 1);
});

const headers = (own: string) =>
  fc
    .array(fc.oneof(fc.constant("x-any"), fc.constant({ name: "X-Canary", value: "so: 1" })), {
      maxLength: 2,
    })
    .map((some) => [...some, own]);

/** Two routes to a path; the first of them asks for a header, so that it leaves something for the second. */
const route = (index: number, pools: readonly string[]) =>
  fc.record(
    {
      name: fc.constant(`route ${index}`),
      host: fc.constantFrom("Api.example.com", "*.example.com", "10.0.0.1", "[::1]"),
      path: fc.constant(`/p${index >> 1}`),
      headers: index % 2 === 0 ? headers(`x-${index}`) : fc.constant([]),
      pool: fc.constantFrom(...pools),
      rewrite: fc.constantFrom("/", "/v2"),
      hash,
      timeout: fc.oneof(duration, fc.constant(0)),
      priority: fc.constantFrom("low", "normal", "high"),
    },
    { requiredKeys: ["path", "headers", "pool"] },
  );

const listener = (index: number, pools: readonly string[]) =>
  fc.record(
    {
      name: fc.constant(`http ${index}`),
      listen: fc.constantFrom(`127.0.0.1:${22000 + index}`, `unix:/run/h${index}.sock`),
      pool: fc.constantFrom(...pools),
      hash,
      priority: fc.constantFrom("low", "normal", "high"),
      routes: fc
        .nat(5)
        .chain((count) => fc.tuple(...Array.from({ length: count }, (_, at) => route(at, pools)))),
      http2: fc.boolean(),
      connect: fc.boolean(),
      upgrade: fc.boolean(),
      forwarded: some({
        x_forwarded_for: fc.constantFrom("append", "set", "pass", "strip"),
        via: fc.constantFrom("podmate", "mate", false),
        traceparent: fc.constantFrom("continue", "strip"),
      }),
      access_log: fc.constantFrom("off", "on", 0, 0.25, 1),
      idle_timeout: fc.oneof(duration, fc.constant(0)),
      head_timeout: duration,
      body_timeout: duration,
      limits: some({
        requests: fc.nat(1000),
        streams: fc.integer({ min: 1, max: 500 }),
        headers: fc.integer({ min: 1, max: 500 }),
        body: fc.oneof(size, fc.constant(0)),
        buffer: size,
      }),
    },
    { requiredKeys: ["name", "listen", "pool"] },
  );

/** HTTP listeners over these pools, of which every one is named: that makes it a pool for HTTP. */
export const httpListeners = (pools: readonly string[]) =>
  fc.tuple(
    listener(0, pools),
    fc.constant({
      name: "all",
      listen: "127.0.0.1:0",
      routes: pools.map((pool, index) => ({ path: `/all${index}`, pool })),
    }),
  );

const discover = fc.oneof(
  fc.record(
    { dns: fc.domain(), port: fc.integer({ min: 1, max: 65535 }), interval: fc.constantFrom("5s", "1m") },
    { requiredKeys: ["dns"] },
  ),
  fc.record({ srv: fc.domain().map((domain) => `_http._tcp.${domain}`) }),
  fc.constant({ file: "/etc/podmate/servers.yml" }),
  fc.record(
    { kubernetes: fc.constant("api"), namespace: fc.constant("web"), port: fc.constantFrom("http", 80) },
    { requiredKeys: ["kubernetes"] },
  ),
);

const http = some({
  version: fc.constantFrom(1, 2),
  pending: fc.integer({ min: 1, max: 5000 }),
  idle_timeout: duration,
  request_timeout: fc.oneof(duration, fc.constant(0)),
  retry: some({
    attempts: fc.nat(10),
    on: fc.subarray(["reset", "timeout", 502, 503, 504]),
    buffer: fc.oneof(
      size.filter((each) => typeof each === "number"),
      fc.constant(0),
    ),
  }),
  fail_on: fc.subarray([500, 502, 503]),
  panic: fc.nat(100),
  balance_factor: fc.constantFrom(0, 1.25, 2),
  slow_start: fc.oneof(duration, fc.constant(0)),
  host: fc.constantFrom("client", "server"),
});

/** A pool that speaks HTTP. */
export const httpPool = ring.chain((ring) =>
  fc
    .tuple(
      fc.oneof(
        servers(distributionTable[ring.distribution].weights === "used").map((servers) => ({ servers })),
        discover.map((discover) => ({ discover })),
      ),
      some({
        http,
        timeout: fc.oneof(duration, fc.constantFrom("30s", 0)),
        connections: fc.constantFrom(1, 256, 65536),
        eject: toggle({
          failures: fc.integer({ min: 1, max: 9 }),
          on_eject: fc.constantFrom("rehash", "fail_fast"),
        }),
        health: toggle({
          interval: duration,
          path: fc.constant("/healthz?full"),
          statuses: fc.constantFrom("200-299", "204", "200-399"),
        }).map((health) => withoutStrays(health)),
        tls: toggle({ server_name: fc.domain() }),
      }),
    )
    .map(([members, settings]) => ({ ring, ...members, ...settings })),
);

/** Statuses are of use with a path only. */
function withoutStrays(health: unknown): unknown {
  if (typeof health !== "object" || health === null || "path" in health) return health;
  const { statuses: _, ...rest } = health as { statuses?: string };
  return rest;
}
