import t from "tap";
import type { PoolTraffic, ServerTraffic, Traffic } from "../../src/cli/traffic.ts";
import {
  columnsLeftOut,
  type Sorting,
  sortings,
  stateLine,
  trafficPage,
  verdictLines,
} from "../../src/cli/traffic-page.ts";
import { sparkline } from "../../src/cli/traffic-text.ts";

function server(name: string, more: Partial<ServerTraffic> = {}): ServerTraffic {
  return {
    server: name,
    address: "10.0.0.1:11211",
    state: "ready",
    reason: "",
    why: "",
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
    reason: "the listeners are open",
    verdict: { level: "ok", reasons: [] },
    process: {
      uptime_ms: 11_520_000,
      cpu: 0.124,
      resident_memory_bytes: 81_200_000,
      memory_limit_bytes: null,
      config_version: 3,
    },
    pools: [
      {
        pool: "cache",
        protocol: "memcache",
        distribution: "ketama",
        requests_per_second: 1234.4,
        errors_per_second: null,
        errors_by_kind: {},
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

const plain = (lines: readonly { readonly text: string }[]) => lines.map(({ text }) => text);

t.test("a page of 80 columns", async (t) => {
  const lines = trafficPage(
    traffic([
      server("cache-a.sessions.svc.cluster.local"),
      server("b", {
        state: "ejected",
        why: "for 12 s: timeout",
        key_share: null,
        ejections: 2,
        errors_per_second: 3,
      }),
    ]),
    { sort: "config", width: 80 },
  );
  t.same(plain(lines), [
    "",
    "cache: memcache ketama, 1234 req/s, - err/s, 98.7% hits, p50 -, p99 2.5s",
    "  server              state         keys  req/s  err/s flight    p50    p99 ejec",
    "  cache-a.sessions.s… ready        25.0%   10.0    0.0      0  120µs  1.5ms    0",
    "  b                   ejected          -   10.0    3.0      0  120µs  1.5ms    2",
    "    for 12 s: timeout",
  ]);
  t.ok(lines.every(({ text }) => text.length <= 80));
  const looks = (at: number) =>
    lines[at]?.marks?.map(({ at: from, length, look }) => [
      look,
      lines[at]?.text.slice(from, from + length).trim(),
    ]);
  t.same(looks(3), [["good", "ready"]]);
  t.same(looks(4), [
    ["bad", "ejected"],
    ["bad", "3.0"],
  ]);
  t.equal(lines[5]?.look, "bad");
});

t.test("with room, the last minute is drawn, and the reason stands behind the figures", async (t) => {
  const trends = { of: (_: string, server?: string) => (server === undefined ? [0, 4, 8] : [null, 1, 1]) };
  const servers = [server("a", { state: "ejected", why: "for 12 s: timeout" })];
  const lines = trafficPage(traffic(servers), { sort: "config", width: 130, trends });
  t.same(plain(lines).slice(1), [
    "cache: memcache ketama, 1234 req/s, - err/s, 98.7% hits, p50 -, p99 2.5s              ▁▅█",
    "  server       state         keys last minute  req/s  err/s flight    p50    p99 ejec",
    "  a            ejected      25.0%          ██   10.0    0.0      0  120µs  1.5ms    0  for 12 s: timeout",
  ]);
});

t.test("where there is little room, columns go, and are named", async (t) => {
  const one = traffic([server("cache-a")]);
  const at = (width: number) => ({ sort: "config", width }) as const;
  t.same(columnsLeftOut(one, at(80)), []);
  t.same(columnsLeftOut(one, at(60)), ["flight", "p50"]);
  const [, , head, line] = trafficPage(one, at(60));
  t.equal(head?.text, "  server       state         keys  req/s  err/s    p99 ejec");
  t.equal(line?.text, "  cache-a      ready        25.0%   10.0    0.0  1.5ms    0");
  t.same(columnsLeftOut(one, at(1)), ["keys", "req/s", "err/s", "flight", "p50", "p99", "ejec"]);
});

t.test("a filter leaves the servers that have all of its words", async (t) => {
  const servers = [server("cache-a"), server("cache-b", { state: "ejected" })];
  const shown = (filter: string) =>
    plain(trafficPage(traffic(servers), { sort: "config", width: 80, filter }))
      .slice(3)
      .map((text) => text.trim().split(" ")[0]);
  t.same(shown(""), ["cache-a", "cache-b"]);
  t.same(shown("B"), ["cache-b"]);
  t.same(shown("ejec cache"), ["cache-b"], "the pool and the state count, too");
  t.same(trafficPage(traffic(servers), { sort: "config", width: 80, filter: "nobody" }), []);
});

t.test("the first lines: state, process, and what is wrong", async (t) => {
  t.equal(
    stateLine(traffic([])),
    "podmate 1.2.3 is ready, up 3h 12m, CPU 12 %, memory 81 MB, configuration 3",
  );
  const old = { ...traffic([]), state: "paused", reason: "upgrade", process: null, verdict: null };
  t.equal(stateLine(old), "podmate 1.2.3 is paused: upgrade");
  t.same(verdictLines(old, 3), []);
  t.same(verdictLines(traffic([]), 3), []);
  const reasons = [
    { level: "failing" as const, text: "Pool cache: most requests fail (73 %)", pool: "cache" },
    ...[1, 2, 3].map((i) => ({ level: "degraded" as const, text: `reason ${i}`, pool: null })),
  ];
  t.same(verdictLines({ ...traffic([]), verdict: { level: "failing", reasons } }, 2), [
    { text: "FAILING: Pool cache: most requests fail (73 %)", look: "bad" },
    { text: "degraded: reason 1", look: "warn" },
    { text: "and 2 more", look: "warn" },
  ]);
});

t.test("bars from nothing to the most, neighbours together where there are many", async (t) => {
  t.equal(sparkline([0, 1, 4, 8], 4), "▁▂▅█");
  t.equal(sparkline([0, 0], 4), "  ▁▁");
  t.equal(sparkline([1, 1, null, null, 3, 5], 3), "▃ █");
  t.equal(sparkline([], 3), "   ");
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
  const page = trafficPage(traffic([server(evil, { state: "ejected", why: evil })], { pool: evil }), {
    sort: "rate",
    width: 200,
  });
  const all = `${stateLine({ ...traffic([]), state: "paused", reason: evil })}${page.map(({ text }) => text).join("")}`;
  t.notMatch(all, /\p{Cc}/u);
  t.match(all, "\\x1b[2J");
});
