import t from "tap";
import type { PoolView } from "../../src/admin/pool-view.ts";
import { AdminUnreachable } from "../../src/cli/admin-client.ts";
import { type TrafficSample, trafficBetween } from "../../src/cli/traffic.ts";
import { TrafficSampler } from "../../src/cli/traffic-sampler.ts";
import { fineHistory, fineLayout, fineLifecycle, fineOverview, finePool } from "../support/fine-admin.ts";

function sample(at: number, requests: number, errors: number): TrafficSample {
  const server = { ...finePool.servers[0]!, requests, requests_failed: errors };
  const keys = { hits: 0.75 * requests, misses: 0.25 * requests };
  const pool: PoolView = { ...finePool, ...keys, requests, requests_failed: errors, servers: [server] };
  const rings = new Map([["sessions", fineLayout]]);
  return { at, version: "1.2.3", lifecycle: fineLifecycle, overview: fineOverview, pools: [pool], rings };
}

t.test("rates are what the counters have grown by, per second", async (t) => {
  const [pool] = trafficBetween(sample(1_000, 100, 5), sample(3_000, 300, 6)).pools;
  t.match(pool, { requests_per_second: 100, errors_per_second: 0.5, hit_share: 0.75 });
  t.match(pool?.servers[0], { requests_per_second: 100, errors_per_second: 0.5, key_share: 1 });
});

t.test("errors by kind are those of the time between, too", async (t) => {
  const withKinds = (at: number, errors: Record<string, number>): TrafficSample => {
    const { pools, ...rest } = sample(at, 100, 5);
    return { ...rest, pools: pools.map((pool) => ({ ...pool, errors })) };
  };
  const before = withKinds(1_000, { connect: 6 });
  const now = withKinds(3_000, { connect: 6, no_server: 78 });
  t.same(trafficBetween(before, now).pools[0]?.errors_by_kind, { no_server: 39 });
  t.same(trafficBetween(null, now).pools[0]?.errors_by_kind, {});
});

t.test("there is no rate at first, nor where counters have begun anew", async (t) => {
  const first = trafficBetween(null, sample(1_000, 100, 5));
  t.match(first, {
    version: "1.2.3",
    state: "ready",
    pools: [{ requests_per_second: null, hit_share: null }],
  });
  const [pool] = trafficBetween(sample(1_000, 100, 5), sample(2_000, 10, 0)).pools;
  t.match(pool, { requests_per_second: null, errors_per_second: null });
  t.match(pool?.servers[0], { requests_per_second: null });
});

t.test(
  "a daemon is asked for a ring only when that may have changed, and anew after it was gone",
  async (t) => {
    const asked: string[] = [];
    let { pools } = sample(0, 0, 0);
    let gone = false;
    const answers: Record<string, () => unknown> = {
      "/version": () => ({ version: "1.2.3" }),
      "/lifecycle": () => fineLifecycle,
      "/overview": () => fineOverview,
      "/pools": () => ({ pools: [], next: "the first page" }),
      "/pools?after=the%20first%20page": () => ({ pools, next: null }),
      "/ring/sessions": () => fineLayout,
    };
    const client = {
      async json<T>(path: string): Promise<T> {
        asked.push(path);
        if (gone) throw new Error("gone");
        return answers[path]!() as T;
      },
    };
    let now = 0;
    const sampler = new TrafficSampler(client, () => now);
    await sampler.take();
    now = 1_000;
    pools = sample(0, 50, 0).pools;
    t.match(await sampler.take(), { pools: [{ requests_per_second: 50 }] });
    const pages = ["/pools", "/pools?after=the%20first%20page"];
    const each = ["/lifecycle", "/overview", ...pages];
    t.same(asked, ["/version", ...each, "/ring/sessions", ...each]);

    pools = pools.map((pool) => ({ ...pool, servers: [{ ...pool.servers[0]!, state: "ejected" as const }] }));
    await sampler.take();
    t.equal(asked.at(-1), "/ring/sessions");
    gone = true;
    await t.rejects(sampler.take(), { message: "gone" });
    gone = false;
    t.match(await sampler.take(), { pools: [{ requests_per_second: null }] }, "no rate over the gap");
  },
);

t.test("the hit rate is that of the interval: hours of hits hide no miss of now", async (t) => {
  const [before, now] = [sample(0, 1_000_000, 0), sample(1_000, 1_000_100, 0)];
  const with_keys = (it: TrafficSample, hits: number, misses: number): TrafficSample => ({
    ...it,
    pools: [{ ...it.pools[0]!, hits, misses }],
  });
  const share = (hits: number, misses: number) =>
    trafficBetween(with_keys(before, 900_000, 100), with_keys(now, hits, misses)).pools[0]!.hit_share;
  t.equal(share(900_000, 180), 0);
  t.equal(share(900_030, 170), 0.3);
  t.equal(share(900_000, 100), null, "nobody has asked");
  t.equal(share(5, 0), null, "the counters have begun again");
});

t.test("trends are of the last minute, and a daemon that knows none does without", async (t) => {
  const asked: string[] = [];
  let isOld = false;
  const client = {
    async json<T>(path: string): Promise<T> {
      asked.push(path);
      if (isOld) throw new AdminUnreachable("there is no such path", 404);
      const [pool] = fineHistory.pools;
      const requests_per_second = [...Array(40).fill(7), 1_000, 1_200];
      return { ...fineHistory, next: 100, pools: [{ ...pool, requests_per_second }] } as T;
    },
  };
  const sampler = new TrafficSampler(client);
  const trends = await sampler.trends();
  t.same(trends?.of("sessions"), [...Array(28).fill(7), 1_000, 1_200], "no more than a minute");
  t.same(trends?.of("sessions", "cache-a"), [1_000, 1_200]);
  t.same(trends?.of("nobody"), []);
  await sampler.trends();
  t.same(asked, ["/history?from=0", "/history?from=70"]);
  isOld = true;
  t.equal(await sampler.trends(), undefined);
});
