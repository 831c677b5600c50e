/** What the page computes, without a browser. */
import t from "tap";

/** The page's modules are JavaScript, which is checked with the types of a browser. */
const load = async (name: string) =>
  // biome-ignore lint/suspicious/noExplicitAny: their types are those of a browser
  (await import(new URL(`../../src/admin/dashboard/${name}.js`, import.meta.url).href)) as any;

t.test("figures for people", async (t) => {
  const { rate, micros, percent, cpu, bytes, duration, plural } = await load("format");
  for (const [value, text] of [
    [null, "–"],
    [0, "0"],
    [0.01, "<0.1"],
    [0.5, "0.5"],
    [9.97, "10"],
    [1234.4, "1234"],
    [12_345, "12.3k"],
    [2.5e6, "2.5M"],
  ] as const) {
    t.equal(rate(value), text);
  }
  t.same([null, 7, 999.7, 1_500, 120_000, 2.5e6].map(micros), [
    "–",
    "7 µs",
    "1.0 ms",
    "1.5 ms",
    "120 ms",
    "2.5 s",
  ]);
  t.same([undefined, 0.1234, 1].map(percent), ["–", "12.3 %", "100.0 %"]);
  t.same([null, 0.05, 1.5].map(cpu), ["–", "5 %", "150 %"]);
  t.same([900, 81_300_000, 1.25e9].map(bytes), ["1 kB", "81 MB", "1.3 GB"]);
  const times = [-5, 999, 59_400, 60_000, 61_000, 3_600_000, 3_720_000, 90_000_000];
  t.same(times.map(duration), ["0 s", "1 s", "59 s", "1 min", "1 min 1 s", "1 h", "1 h 2 min", "1 d 1 h"]);
  t.same([plural(1, "server"), plural(2, "server")], ["1 server", "2 servers"]);
});

/** An answer of `/history` with one pool of one server. */
const answer = (first: number, values: readonly (number | null)[]) => ({
  interval_ms: 2_000,
  first,
  next: first + values.length,
  end_unix_ms: 1,
  requests_per_second: values,
  pools: [{ pool: "cache", hit_share: values, servers: [{ server: "a", failed_per_second: values }] }],
});

t.test("the points of the history are put together from the answers", async (t) => {
  const { History, points } = await load("history");
  const history = new History();
  const tail = (of: string, column: string, count: number) => history.values(of, column).slice(-count);
  history.take(answer(0, [1, 2]));
  history.take(answer(2, []));
  history.take(answer(2, [null, 4]));
  t.equal(history.next, 4);
  t.equal(history.values("", "requests_per_second").length, points);
  t.same(tail("", "requests_per_second", 5), [null, 1, 2, null, 4]);
  t.same(tail("cache", "hit_share", 2), [null, 4]);
  t.same(tail("cache/a", "failed_per_second", 3), [2, null, 4]);
  t.same(tail("nobody", "hit_share", 1), [null]);

  history.take(answer(50, [9]));
  t.same(
    tail("", "requests_per_second", 2),
    [null, 9],
    "points are missing: what was before is not beside them",
  );
  history.take({ ...answer(51, [8]), pools: [] });
  t.same(tail("cache", "hit_share", 1), [null], "a pool that is gone is forgotten");
  for (let i = 52; i < 52 + 2 * points; i++) history.take(answer(i, [i]));
  t.equal(history.values("", "requests_per_second")[0], 52 + points);
});

t.test("lines are drawn from bottom to top, with gaps", async (t) => {
  const { linePath, areaPath, largest } = await load("sparkline");
  t.equal(linePath([null, 0, 10, null, 5], 10), "M1 99L2 3M4 51");
  t.equal(areaPath([0, 10, null], 10), "M0 100L0 99L1 3L1 100Z");
  t.equal(linePath([null, null], 10), "");
  t.equal(linePath([0, 0], 0), "M0 99L1 99", "nothing at all is a line at the bottom");
  t.equal(largest([null, 3, 2]), 3);
  const { niceCeiling } = await load("time-chart");
  t.same([0, 0.3, 1, 1.1, 4_123, 5_000.1].map(niceCeiling), [1, 0.5, 1, 2, 5_000, 10_000]);
});

t.test("why a server is not ready, for how long, and when it is probed", async (t) => {
  const { whyOf } = await load("server-row");
  const now = 100_000;
  const server = { state: "ready", reason: "", since_unix_ms: 40_000, next_probe_unix_ms: null };
  const ejected = { ...server, state: "ejected", reason: "connect ECONNREFUSED" };
  t.equal(whyOf(server, now), "");
  t.equal(whyOf({ ...server, reason: "timeout" }, now), "", "what is over is no news");
  t.equal(whyOf({ ...server, state: "connecting" }, now), "", "it has only just come");
  t.equal(whyOf(ejected, now), "connect ECONNREFUSED · for 1 min");
  t.equal(
    whyOf({ ...ejected, next_probe_unix_ms: now + 3_000 }, now),
    "connect ECONNREFUSED · for 1 min · next probe in 3 s",
  );
  t.equal(
    whyOf({ ...ejected, next_probe_unix_ms: now - 5 }, now),
    "connect ECONNREFUSED · for 1 min · next probe now",
  );
  t.equal(
    whyOf({ ...ejected, since_unix_ms: null, next_probe_unix_ms: undefined }, now),
    "connect ECONNREFUSED",
  );
  const override = { state: "drain", since_unix_ms: 98_000 };
  t.equal(whyOf({ ...server, state: "draining", override }, now), "drained by hand · for 2 s");
  t.equal(whyOf({ ...server, state: "draining" }, now), "drained by the configuration");
});
