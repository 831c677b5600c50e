import t from "tap";
import type { PoolView } from "../../src/admin/pool-view.ts";
import { type TrafficSample, trafficBetween } from "../../src/cli/traffic.ts";
import { TrafficSampler } from "../../src/cli/traffic-sampler.ts";
import { fineLayout, fineLifecycle, finePool } from "../support/fine-admin.ts";

function sample(at: number, requests: number, errors: number): TrafficSample {
  const server = { ...finePool.servers[0]!, requests, errors: { timeout: errors } };
  const pool: PoolView = { ...finePool, requests, errors: { timeout: errors }, servers: [server] };
  const rings = new Map([["sessions", fineLayout]]);
  return { at, version: "1.2.3", lifecycle: fineLifecycle, pools: [pool], rings };
}

t.test("rates are what the counters have grown by, per second", async (t) => {
  const [pool] = trafficBetween(sample(1_000, 100, 5), sample(3_000, 300, 6)).pools;
  t.match(pool, { requests_per_second: 100, errors_per_second: 0.5, hit_share: 0.5 });
  t.match(pool?.servers[0], { requests_per_second: 100, errors_per_second: 0.5, key_share: 1 });
});

t.test("there is no rate at first, nor where counters have begun anew", async (t) => {
  const first = trafficBetween(null, sample(1_000, 100, 5));
  t.match(first, { version: "1.2.3", state: "ready", pools: [{ requests_per_second: null }] });
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
    t.same(asked, ["/version", "/lifecycle", ...pages, "/ring/sessions", "/lifecycle", ...pages]);

    pools = pools.map((pool) => ({ ...pool, servers: [{ ...pool.servers[0]!, state: "ejected" as const }] }));
    await sampler.take();
    t.equal(asked.at(-1), "/ring/sessions");
    gone = true;
    await t.rejects(sampler.take(), { message: "gone" });
    gone = false;
    t.match(await sampler.take(), { pools: [{ requests_per_second: null }] }, "no rate over the gap");
  },
);
