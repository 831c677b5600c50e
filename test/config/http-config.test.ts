// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables in configuration files look like that
import t from "tap";
import type { Config } from "../../src/config/config.ts";
import { formatConfigError } from "../../src/config/config-error.ts";
import { describeConfig } from "../../src/config/describe-config.ts";
import { diffConfig } from "../../src/config/diff-config.ts";
import { parseConfig } from "../../src/config/load-config.ts";
import { printConfig } from "../../src/config/print-config.ts";

function load(text: string, env = {}): Config {
  const loaded = parseConfig(text, "/etc/podmate/podmate.yml", env);
  if (loaded.ok) return loaded.config;
  throw new Error(loaded.errors.map(formatConfigError).join("\n"));
}

const small = `
http: [{ name: web, listen: ":80", pool: api }]
pools: { api: { servers: [one, "two:8080"] } }
`;

t.test("the example of the design loads", async (t) => {
  const { snapshot } = load(`
http:
  - name: api
    listen: 127.0.0.1:8080
    pool: api
    hash: [ { header: X-User-Id }, { cookie: sid }, { query: id }, { path: true }, { source_ip: true } ]
pools:
  api:
    discover: { dns: api.default.svc.cluster.local, port: 8080 }
    health: { path: /healthz, interval: 2s }
`);
  t.same(snapshot.memcache, []);
  t.match(snapshot.http, [{ name: "api", listen: { host: "127.0.0.1", port: 8080 }, tls: null }]);
  t.same(snapshot.http?.[0]?.routes, [
    {
      name: "default",
      host: null,
      path: "/",
      headers: [],
      pool: "api",
      rewrite: null,
      hash: [
        { kind: "header", name: "x-user-id" },
        { kind: "cookie", name: "sid", affinity: null },
        { kind: "query", name: "id" },
        { kind: "path" },
        { kind: "source_ip" },
      ],
      timeout: 0,
      priority: "normal",
    },
  ]);
  t.same(snapshot.pools["api"]?.discover, {
    kind: "dns",
    host: "api.default.svc.cluster.local",
    port: 8080,
    interval: 5000,
  });
  t.same(snapshot.pools["api"]?.servers, []);
  t.same(snapshot.pools["api"]?.health, {
    interval: 2000,
    timeout: 1000,
    http: { path: "/healthz", statuses: [200, 299] },
  });
});

t.test("what is left out has a default, and in pools that depends on what the servers speak", async (t) => {
  const { snapshot } = load(`
memcache: [{ name: cache, listen: ":1", pool: cache }]
http: [{ name: web, listen: ":80", pool: api, routes: [{ path: /safe, pool: safe }] }]
pools:
  cache: { servers: [one] }
  api: { servers: [one, "two:8080"] }
  safe: { servers: [one], tls: true, timeout: 1s, connections: 2, eject: { on_eject: fail_fast } }
`);
  const { cache, api, safe } = snapshot.pools;
  t.match(cache, {
    servers: [{ id: "one:11211" }],
    timeout: 1000,
    connections: 1,
    eject: { on_eject: "fail_fast" },
    http: undefined,
  });
  t.match(api, {
    ring: { distribution: "maglev", hash: "xxh3" },
    servers: [{ id: "one:80" }, { id: "two:8080" }],
    timeout: 30_000,
    connections: 256,
    eject: { on_eject: "rehash", max_percent: 50 },
    health: null,
  });
  t.same(api?.http, {
    version: 1,
    pending: 1024,
    requests_per_connection: 0,
    idle_timeout: 4000,
    request_timeout: 0,
    body_timeout: 60_000,
    retry: { attempts: 1, on: ["reset"], budget: 20, least: 3, buffer: 65536 },
    fail_on: [502, 503, 504],
    panic: 0,
    balance_factor: 0,
    slow_start: 0,
    host: "client",
    head_limit: 65536,
  });
  t.match(safe, {
    servers: [{ id: "one:443" }],
    timeout: 1000,
    connections: 2,
    eject: { on_eject: "fail_fast" },
  });
  t.match(snapshot.http?.[0], {
    backlog: 1024,
    tls: null,
    http2: false,
    connect: false,
    upgrade: true,
    forwarded: {
      x_forwarded_for: "append",
      x_forwarded_proto: "set",
      x_forwarded_host: "set",
      forwarded: "pass",
      via: "podmate",
      x_request_id: "continue",
      traceparent: "pass",
    },
    access_log: 0,
    idle_timeout: 300_000,
    head_timeout: 30_000,
    body_timeout: 60_000,
    limits: {
      connections: 20_000,
      requests: 0,
      streams: 100,
      head: 65536,
      headers: 100,
      target: 8192,
      body: 0,
      buffer: 262_144,
    },
  });
});

t.test("routes have names, a hash of their own or the listener's, and names without case", async (t) => {
  const { snapshot } = load(`
http:
  - name: web
    listen: ":80"
    hash: [{ cookie: sid, affinity: true }]
    routes:
      - { host: "*.Example.com", path: /v1, headers: [X-Debug, { name: X-Canary, value: A b }], pool: api, rewrite: / }
      - { host: "*.example.com", path: /v1, pool: api, hash: [] }
      - { name: rest, pool: api, timeout: 2s, priority: low }
pools: { api: { servers: [one] } }
`);
  const affinity = { max_age: 0, path: "/", secure: false, same_site: "lax" };
  const hash = [{ kind: "cookie", name: "sid", affinity }];
  t.match(snapshot.http?.[0]?.routes, [
    {
      name: "*.example.com/v1",
      host: "*.example.com",
      headers: [
        { name: "x-debug", value: null },
        { name: "x-canary", value: "A b" },
      ],
      rewrite: "/",
      hash,
    },
    { name: "*.example.com/v1 #2", hash: [] },
    { name: "rest", host: null, path: "/", hash, timeout: 2000, priority: "low" },
  ]);
  t.equal(snapshot.http?.[0]?.routes.length, 3, "no route for a pool that is not given");
});

t.test(
  "a route has a priority of its own or the listener's, the listener's own pool that of the listener",
  async (t) => {
    const { snapshot } = load(`
http:
  - name: web
    listen: ":80"
    pool: api
    priority: high
    routes: [{ path: /a, pool: api }, { path: /b, pool: api, priority: low }]
memcache: [{ name: c, listen: ":81", pool: cache, priority: low }, { name: d, listen: ":82", pool: cache }]
pools: { api: { servers: [one] }, cache: { servers: [two] } }
`);
    t.same(
      snapshot.http?.[0]?.routes.map(({ priority }) => priority),
      ["high", "low", "high"],
    );
    t.same(
      snapshot.memcache.map(({ priority }) => priority),
      ["low", "normal"],
    );
  },
);

t.test("an access log is off, on or for a share", async (t) => {
  const shareOf = (setting: string) =>
    load(small.replace("pool: api", `pool: api, access_log: ${setting}`), { LOG: "0.5" }).snapshot.http?.[0]
      ?.access_log;
  t.equal(shareOf("off"), 0);
  t.equal(shareOf("on"), 1);
  t.equal(shareOf("0.01"), 0.01);
  t.equal(shareOf('"${LOG}"'), 0.5);
});

t.test("reasons to try again are words and statuses, also from variables", async (t) => {
  const { snapshot } = load(
    small.replace("servers:", 'http: { retry: { on: [reset, 503, "${S}"] } }, servers:'),
    {
      S: "502",
    },
  );
  t.same(snapshot.pools["api"]?.http?.retry.on, ["reset", 503, 502]);
});

t.test("servers are found in four ways", async (t) => {
  const found = (discover: string, more = "") =>
    load(
      `http: [{ name: web, listen: ":80", pool: api }]\npools: { api: { discover: ${discover} ${more} } }`,
      { PORT: "8080" },
    ).snapshot.pools["api"]?.discover;
  t.same(found("{ dns: api }"), { kind: "dns", host: "api", port: 80, interval: 5000 });
  t.same(found("{ dns: api, interval: 1m }", ", tls: true"), {
    kind: "dns",
    host: "api",
    port: 443,
    interval: 60_000,
  });
  t.same(found('{ dns: api, port: "${PORT}" }'), { kind: "dns", host: "api", port: 8080, interval: 5000 });
  t.same(found("{ srv: _http._tcp.api }"), { kind: "srv", name: "_http._tcp.api", interval: 5000 });
  t.same(found("{ file: servers.yml }"), { kind: "file", path: "/etc/podmate/servers.yml" });
  t.same(found("{ kubernetes: api, port: http }"), {
    kind: "kubernetes",
    service: "api",
    namespace: null,
    port: "http",
  });
  t.same(found('{ kubernetes: api, namespace: web, port: "${PORT}" }'), {
    kind: "kubernetes",
    service: "api",
    namespace: "web",
    port: 8080,
  });
});

t.test("what is printed names no default, and what is described names them all", async (t) => {
  const config = load(small);
  const printed = printConfig(config);
  t.notMatch(printed, /timeout|connections|on_eject|http: \{|name: default|hash: \[/);
  t.same(load(printed), config);
  const { config: described, defaults } = describeConfig(config);
  t.match(described, {
    http: [{ pool: "api", routes: [], access_log: "off", forwarded: { via: "podmate" } }],
    pools: { api: { timeout: "30s", http: { retry: { attempts: 1 } }, eject: { on_eject: "rehash" } } },
  });
  for (const path of [
    "http[0].access_log",
    "pools.api.timeout",
    "pools.api.connections",
    "pools.api.eject.on_eject",
    "pools.api.http.retry.attempts",
  ])
    t.ok(defaults.includes(path), path);
});

t.test("changes of routes are told by their names, and a new order is a change", async (t) => {
  const routes = (...lines: string[]): Config =>
    load(`
http: [{ name: web, listen: ":80", pool: api, routes: [${lines.join(", ")}] }]
pools: { api: { servers: [one] }, b: { servers: [one] } }
`);
  const [a, b] = ["{ path: /a, pool: b }", "{ path: /b, pool: b, name: beta }"] as const;
  const changes = (before: Config, after: Config) => diffConfig(before, after).map(({ text }) => text);
  t.same(changes(routes(a, b), routes(a, b)), []);
  t.same(changes(routes(a, b), routes(b, a)), [
    "changed http.web.routes: order */a, beta, default → beta, */a, default",
  ]);
  t.same(changes(routes(a, b), routes(a)), ["removed http.web.routes.beta"]);
  t.same(changes(routes(a), routes(a.replace("pool: b", "pool: b, timeout: 5s, hash: [{ path: true }]"))), [
    'changed http.web.routes["*/a"].hash: off → [{"path":true}]',
    'changed http.web.routes["*/a"].timeout: 0 → 5s',
  ]);
  t.same(changes(load(small), load(small.replace("pool: api", "pool: api, access_log: on"))), [
    "changed http.web.access_log: off → on",
  ]);
});
