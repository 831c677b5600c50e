import t from "tap";
import { formatConfigError } from "../../src/config/config-error.ts";
import { parseConfig } from "../../src/config/load-config.ts";

/** Refusals as an operator sees them, without the name of the file. */
function refusals(text: string): string[] {
  const loaded = parseConfig(text, "f", {});
  return loaded.ok ? [] : loaded.errors.map((error) => formatConfigError(error).slice("f:".length));
}

/** One listener with these settings over pools `a` and `b`. */
function listener(settings: string): string[] {
  return refusals(
    `http: [{ name: l, listen: ":1",\n ${settings} }]\npools: { a: { servers: [x] }, b: { servers: [x] } }\n`,
  );
}

/** A listener over a pool `a` with these settings. */
function pool(settings: string): string[] {
  return refusals(`http: [{ name: l, listen: ":1", pool: a }]\npools:\n  a: { ${settings} }\n`);
}

/** A memcache listener over a pool `a` with these settings. */
function memcachePool(settings: string): string[] {
  return refusals(`memcache: [{ name: l, listen: ":1", pool: a }]\npools:\n  a: { ${settings} }\n`);
}

const cases: Record<string, [found: string[], expected: string[]]> = {
  "there is a listener of some kind": [
    refusals("pools: { a: { servers: [x] } }\n"),
    ["1:1: there is no listener; give memcache, http or both a list of them"],
  ],
  "names and addresses are of one listener, whatever it speaks": [
    refusals(`memcache: [{ name: l, listen: ":1", pool: a }]
http:
  - { name: l, listen: ":2", pool: b }
  - { name: m, listen: "127.0.0.1:1", pool: b }
  - { name: n, listen: ":9901", pool: b, socket_mode: 0600 }
pools: { a: { servers: [x] }, b: { servers: [x] } }
`),
    [
      '3:13: http[0].name: "l" is already the name of memcache[0]',
      '4:24: http[1].listen: 127.0.0.1:1 is already taken by listener "l" (0.0.0.0:1)',
      "5:24: http[2].listen: 0.0.0.0:9901 is already taken by the management interface (127.0.0.1:9901)",
      "5:55: http[2].socket_mode: only a unix socket has permissions; leave this out or listen on unix:/path",
    ],
  ],
  "requests need a pool": [
    listener("upgrade: false"),
    ["1:8: http[0]: no request would find a pool; give a pool, routes or both"],
  ],
  "pools must exist": [
    listener("pool: aa, routes: [{ path: /x, pool: zzz }]"),
    [
      '2:8: http[0].pool: there is no pool "aa"; did you mean a?',
      '2:39: http[0].routes[0].pool: there is no pool "zzz"; there are a, b',
    ],
  ],
  "what is hashed is one thing at a time": [
    listener(
      "pool: a, hash: [{}, { header: x, cookie: y }, { path: false }], routes: [{ path: /b, pool: b, hash: [{ query: a&b }] }]",
    ),
    [
      "2:18: http[0].hash[0]: it names nothing; give one of header, cookie, query, path and source_ip",
      "2:22: http[0].hash[1]: it names header and cookie; give one of header, cookie, query, path and source_ip",
      "2:56: http[0].hash[2].path: false is not allowed; give true",
      '2:112: http[0].routes[0].hash[0].query: "a&b" is not allowed; give the name of a parameter',
    ],
  ],
  "only a cookie gives affinity, and one that a browser keeps": [
    listener(
      "pool: a, hash: [{ header: x, affinity: true },\n { cookie: x, affinity: { max_age: 1500ms, same_site: none } }]",
    ),
    [
      "2:41: http[0].hash[0].affinity: only a cookie can be given to a client; leave it out",
      '3:36: http[0].hash[1].affinity.max_age: "1500ms" is not a whole number of seconds',
      "3:55: http[0].hash[1].affinity.same_site: browsers drop such a cookie unless it is secure; set secure: true",
    ],
  ],
  "nothing is asked for behind a cookie that is handed out": [
    listener(
      "pool: a, hash: [{ cookie: x, affinity: true },\n { path: true }, { source_ip: true }],\n routes: [{ path: /b, pool: b, hash: [{ header: y }, { cookie: x, affinity: { max_age: 1h } }, { header: z }] }]",
    ),
    [
      "3:2: http[0].hash[1]: it is never asked for: hash[0] gives its cookie to every client that has none",
      "4:96: http[0].routes[0].hash[2]: it is never asked for: hash[1] gives its cookie to every client that has none",
    ],
  ],
  "routes have names of their own": [
    listener(
      'pool: a, routes: [{ path: /x, pool: b },\n { name: "*/x", path: /y, pool: b },\n { name: default, path: /z, pool: b }]',
    ),
    [
      '3:10: http[0].routes[1].name: "*/x" is already the name of routes[0]',
      `4:10: http[0].routes[2].name: "default" is already the name of the route to the listener's own pool`,
    ],
  ],
  "a name that is made of host and path may be another's": [
    listener('routes: [{ name: "*/x", path: /y, pool: b }, { path: /x, pool: b }]'),
    ['2:47: http[0].routes[1]: "*/x" is already the name of routes[0]'],
  ],
  "a route is not reached behind one that takes all of it": [
    listener(`pool: a, routes: [
 { path: /x, pool: b },
 { path: /x/y, pool: a },
 { path: /xy, pool: a },
 { host: "*.ex.com", pool: b, headers: [h] },
 { host: a.EX.com, pool: b, headers: [{ name: H, value: v }, i] },
 { host: ex.com, pool: b, headers: [h] },
 { host: a.ex.com, pool: b },
 { path: /, pool: b }]`),
    [
      "2:8: http[0].pool: it gets no request: routes[7] takes all of them",
      "4:2: http[0].routes[1]: it is never reached: routes[0] takes all that it would take",
      "7:2: http[0].routes[4]: it is never reached: routes[3] takes all that it would take",
    ],
  ],
  "paths, hosts and headers are of their form": [
    listener(
      "routes: [{ path: x, pool: a }, { path: /x?y, pool: a }, { path: /z, host: 'h:1', pool: a }, { path: /w, headers: ['a b'], pool: a }]",
    ),
    [
      '2:19: http[0].routes[0].path: "x" is not allowed; give a path that begins with / and has no ? or #',
      '2:41: http[0].routes[1].path: "/x?y" is not allowed; give a path that begins with / and has no ? or #',
      '2:76: http[0].routes[2].host: "h:1" is not allowed; give a host name without a port, or one that begins with *.',
      '2:116: http[0].routes[3].headers[0]: "a b" is not allowed; give the name of a header or a map of settings',
    ],
  ],
  "a target is part of a head": [
    listener("pool: a, limits: { head: 4KiB }"),
    ['2:19: http[0].limits.target: "8KiB" is more than a whole head may have (4KiB)'],
  ],
  "an access log is a word or a share": [
    listener("pool: a, access_log: 1.5"),
    ["2:23: http[0].access_log: 1.5 is not allowed; give off, on or a number from 0 to 1"],
  ],
  "a pool speaks one protocol": [
    refusals(`memcache: [{ name: l, listen: ":1", pool: a, routes: [{ prefix: p, pool: b }] }]
http:
  - { name: m, listen: ":2", pool: a, routes: [{ path: /b, pool: b }] }
pools: { a: { servers: [x], auth: { username: u, password: p } }, b: { servers: [x], http: {} } }
`),
    [
      '3:36: http[0].pool: "a" speaks memcache, for memcache[0].pool names it; a pool speaks either memcache or HTTP',
      '3:66: http[0].routes[0].pool: "b" speaks memcache, for memcache[0].routes[0].pool names it; a pool speaks either memcache or HTTP',
    ],
  ],
  "settings of memcache are for memcache": [
    pool(
      "servers: [x], auth: { username: u, password: p }, on_error: error, near_cache: true, coalesce: true, failover: [a], mirror: a, warm_from: a, hot_keys: 5",
    ).filter((refusal) => !refusal.includes("circle")),
    [
      ["3:28", "auth"],
      ["3:68", "on_error"],
      ["3:87", "near_cache"],
      ["3:103", "coalesce"],
      ["3:119", "failover"],
      ["3:132", "mirror"],
      ["3:146", "warm_from"],
      ["3:159", "hot_keys"],
    ].map(
      ([at, setting]) =>
        `${at}: pools.a.${setting}: it is of use for memcache only, and this pool speaks HTTP, for http[0].pool names it; leave it out`,
    ),
  ],
  "but may stand there as if left out": [
    pool("servers: [x], auth: false, on_error: partial, near_cache: false, failover: [], hot_keys: 0"),
    [],
  ],
  "settings of HTTP are for HTTP": [
    memcachePool(
      "servers: [x], http: {}, connections: 65, health: { path: /x, host: h, statuses: 200-399 }, failover: [b] }\n  b: { servers: [y]",
    ),
    [
      ...[
        ["3:28", "http"],
        ["3:65", "health.path"],
        ["3:75", "health.host"],
        ["3:88", "health.statuses"],
      ].map(
        ([at, setting]) =>
          `${at}: pools.a.${setting}: it is of use for HTTP only, and no HTTP listener or route names this pool; leave it out`,
      ),
      "3:45: pools.a.connections: 65 is not allowed for memcache; give a whole number from 1 to 64",
    ],
  ],
  "pools of memcache lead to pools of memcache": [
    refusals(`memcache: [{ name: l, listen: ":1", pool: a }]
http: [{ name: m, listen: ":2", pool: b }]
pools:
  a: { servers: [x], failover: [b], mirror: b, warm_from: b }
  b: { servers: [y] }
`),
    [
      '4:33: pools.a.failover[0]: "b" speaks HTTP, for http[0].pool names it',
      '4:45: pools.a.mirror.pool: "b" speaks HTTP, for http[0].pool names it',
      '4:59: pools.a.warm_from.pool: "b" speaks HTTP, for http[0].pool names it',
    ],
  ],
  "what a pool speaks is not guessed from a reference that is malformed": [
    refusals(`http: [{ name: m, listen: ":2", pool: [a] }]\npools: { a: { servers: [x], http: {} } }\n`),
    ["1:39: http[0].pool: a list is not allowed; give the name of a pool"],
  ],
  "servers of HTTP have the port of HTTP, and need distinct names with it": [
    pool('servers: [x, "x:80", "x:11211"]'),
    ['3:21: pools.a.servers[1].address: "x:80" already stands for servers[0]; servers need distinct names'],
  ],
  "probes ask for something, and statuses are in order": [
    [
      ...pool("servers: [x], health: { host: h, statuses: 204 }"),
      ...pool("servers: [x], health: { path: /, statuses: 300-200 }"),
      ...pool("servers: [x], health: { path: /, statuses: ok }"),
    ],
    [
      "3:38: pools.a.health.host: nothing is asked for without path; give path too",
      "3:51: pools.a.health.statuses: nothing is asked for without path; give path too",
      '3:51: pools.a.health.statuses: "300-200" is no range; the lower status comes first',
      '3:51: pools.a.health.statuses: "ok" is not allowed; give a status or a range of them, as in 200-299',
    ],
  ],
  "a bound on load leaves room": [
    pool("servers: [x], http: { balance_factor: 1, retry: { on: [reset, 500] } }"),
    [
      "3:46: pools.a.http.balance_factor: 1 leaves no server room; give 0 (no bound) or a number above 1, as 1.25",
      "3:70: pools.a.http.retry.on[1]: 500 is not allowed; give reset, timeout, 502, 503 or 504",
    ],
  ],
  "servers are listed or found": [
    [...pool("timeout: 1s"), ...pool("servers: [x], discover: { dns: x }"), ...pool("discover: {}")],
    [
      "3:6: pools.a: there are no servers; give a list of servers, or discover to have them found",
      "3:32: pools.a.discover: the pool has a list of servers already; give either servers or discover",
      "3:18: pools.a.discover: none is given; give one of dns, srv, file and kubernetes",
    ],
  ],
  "servers are found in one way, with what belongs to it": [
    [
      ...pool("discover: { dns: x, file: y }"),
      ...pool("discover: { srv: x, port: 5, namespace: y }"),
      ...pool("discover: { file: x, interval: 9s }"),
      ...pool("discover: { dns: x, port: web }"),
      ...pool("discover: { kubernetes: x, port: '70000' }"),
      ...pool("discover: { kubernetes: A.b }"),
      ...pool("discover: { dns: 'x:80' }"),
    ],
    [
      "3:18: pools.a.discover: dns and file are given; give one of dns, srv, file and kubernetes",
      "3:34: pools.a.discover.port: it has no meaning with srv, only with dns and kubernetes; leave it out",
      "3:48: pools.a.discover.namespace: it has no meaning with srv, only with kubernetes; leave it out",
      "3:39: pools.a.discover.interval: it has no meaning with file, only with dns and srv; leave it out",
      '3:34: pools.a.discover.port: "web" is not a number, and dns knows no names of ports; give one from 1 to 65535',
      '3:41: pools.a.discover.port: "70000" is not a port; give one from 1 to 65535',
      '3:32: pools.a.discover.kubernetes: "A.b" is not allowed; give the name of a Service',
      '3:25: pools.a.discover.dns: "x:80" is not allowed; give a host name',
    ],
  ],
};

for (const [name, [found, expected]] of Object.entries(cases)) {
  t.test(name, async (t) => {
    t.same([...found].sort(), [...expected].sort());
  });
}
