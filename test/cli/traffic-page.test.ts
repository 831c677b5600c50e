import t from "tap";
import type { PoolTraffic, ServerTraffic, Traffic } from "../../src/cli/traffic.ts";
import { type Sorting, sortings, stateLine, trafficPage } from "../../src/cli/traffic-page.ts";

function server(name: string, more: Partial<ServerTraffic> = {}): ServerTraffic {
  return {
    server: name,
    address: "10.0.0.1:11211",
    state: "ready",
    reason: "",
    key_share: 0.25,
    requests_per_second: 10,
    errors_per_second: 0,
    requests_in_flight: 0,
    response_p50_us: 120,
    response_p99_us: 1_500,
    ejections: 0,
    ...more,
  };
}

function traffic(servers: readonly ServerTraffic[], pool: Partial<PoolTraffic> = {}): Traffic {
  return {
    version: "1.2.3",
    state: "ready",
    reason: "",
    pools: [
      {
        pool: "cache",
        protocol: "memcache",
        distribution: "ketama",
        requests_per_second: 1234.4,
        errors_per_second: null,
        requests_in_flight: 3,
        hit_share: 0.987,
        request_p50_us: null,
        request_p99_us: 2_500_000,
        servers,
        ...pool,
      },
    ],
  };
}

const names = (sort: Sorting, servers: readonly ServerTraffic[]) =>
  trafficPage(traffic(servers), { sort, width: 80 })
    .slice(3)
    .map(({ text }) => text.trim().split(" ")[0]);

t.test("a page of 80 columns", async (t) => {
  const lines = trafficPage(
    traffic([
      server("cache-a.sessions.svc.cluster.local"),
      server("b", { state: "ejected", reason: "timeout", key_share: null, ejections: 2 }),
    ]),
    { sort: "config", width: 80 },
  );
  t.same(lines, [
    { text: "" },
    {
      text: "cache: memcache ketama, 1234 req/s, - err/s, 98.7% hits, p50 -, p99 2.5s",
      look: "title",
    },
    {
      text: "  server              state         keys  req/s  err/s flight    p50    p99 ejec",
      look: "head",
    },
    { text: "  cache-a.sessions.s… ready        25.0%   10.0    0.0      0  120µs  1.5ms    0" },
    {
      text: "  b                   ejected          -   10.0    0.0      0  120µs  1.5ms    2  timeout",
      look: "bad",
    },
  ]);
  t.ok(lines.slice(0, 4).every(({ text }) => text.length <= 80));
});

t.test("servers in order, the most and the worst first", async (t) => {
  const servers = [
    server("b", { requests_per_second: 5, response_p99_us: null, state: "draining" }),
    server("a", { errors_per_second: 1, requests_per_second: null, ejections: 1 }),
    server("c", { requests_in_flight: 7, response_p99_us: 9_000, state: "ejected" }),
  ];
  const wanted: Record<Sorting, string> = {
    rate: "c b a",
    errors: "a b c",
    p99: "c a b",
    flight: "c b a",
    ejections: "a b c",
    state: "c b a",
    name: "a b c",
    config: "b a c",
  };
  for (const sort of sortings) t.equal(names(sort, servers).join(" "), wanted[sort], sort);
});

t.test("a daemon without pools, and HTTP without hits", async (t) => {
  t.same(trafficPage({ ...traffic([]), pools: [] }, { sort: "rate", width: 80 }), []);
  const [, line] = trafficPage(traffic([], { protocol: "http", hit_share: null }), {
    sort: "rate",
    width: 80,
  });
  t.notMatch(line?.text, "hits");
});

t.test("no terminal obeys a name", async (t) => {
  const evil = "\x1b[2J\x9b31m\u0007\r\n";
  const page = trafficPage(traffic([server(evil, { state: "ejected", reason: evil })], { pool: evil }), {
    sort: "rate",
    width: 200,
  });
  const all = `${stateLine({ ...traffic([]), reason: evil })}${page.map(({ text }) => text).join("")}`;
  t.notMatch(all, /\p{Cc}/u);
  t.match(all, "\\x1b[2J");
});
