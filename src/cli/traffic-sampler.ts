import type { PoolView } from "../admin/pool-view.ts";
import type { RingLayoutView } from "../admin/ring-view.ts";
import type { AdminClient } from "./admin-client.ts";
import { allPools } from "./all-pools.ts";
import { type Traffic, type TrafficSample, trafficBetween } from "./traffic.ts";

/** Asks a daemon again and again, and tells what has gone on in between. */
export class TrafficSampler {
  readonly #client: Pick<AdminClient, "json">;
  readonly #now: () => number;
  #before: TrafficSample | null = null;
  /** Rings with what they were laid out for. */
  readonly #rings = new Map<string, { readonly shape: string; readonly ring: RingLayoutView }>();

  /** `now`: monotonic time in ms. */
  constructor(client: Pick<AdminClient, "json">, now = () => performance.now()) {
    this.#client = client;
    this.#now = now;
  }

  /** Rejects if the daemon does not answer; the time after that begins anew. */
  async take(): Promise<Traffic> {
    const before = this.#before;
    this.#before = null;
    const { version } = before ?? (await this.#client.json<{ version: string }>("/version"));
    const lifecycle = await this.#client.json<TrafficSample["lifecycle"]>("/lifecycle");
    const pools = await allPools(this.#client);
    const at = this.#now();
    const sample = { at, version, lifecycle, pools, rings: await this.#ringsOf(pools) };
    this.#before = sample;
    return trafficBetween(before, sample);
  }

  /** A ring is asked for only when it may have become another: laying it out costs the daemon more than all the rest. */
  async #ringsOf(pools: readonly PoolView[]): Promise<Map<string, RingLayoutView>> {
    const rings = new Map<string, RingLayoutView>();
    for (const { pool, distribution, hash, servers } of pools) {
      const members = servers.map(({ server, weight, state }) => [server, weight, state]);
      const shape = JSON.stringify([distribution, hash, members]);
      let known = this.#rings.get(pool);
      if (known?.shape !== shape) {
        known = { shape, ring: await this.#client.json(`/ring/${encodeURIComponent(pool)}`) };
        this.#rings.set(pool, known);
      }
      rings.set(pool, known.ring);
    }
    return rings;
  }
}
