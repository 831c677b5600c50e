import type { PoolView } from "../admin/pool-view.ts";
import type { RingLayoutView } from "../admin/ring-view.ts";
import type { HistoryView } from "../admin/routes/history.ts";
import type { OverviewView } from "../admin/routes/overview.ts";
import { type AdminClient, AdminUnreachable } from "./admin-client.ts";
import { allPools } from "./all-pools.ts";
import { type Traffic, type TrafficSample, type Trends, trafficBetween, trendsOf } from "./traffic.ts";

/** Points of the history that make a minute. */
const trendPoints = 30;

/** Asks a daemon again and again, and tells what has gone on in between. */
export class TrafficSampler {
  readonly #client: Pick<AdminClient, "json">;
  readonly #now: () => number;
  #before: TrafficSample | null = null;
  #historyFrom = 0;
  /** Rings with what they were laid out for. */
  readonly #rings = new Map<string, { readonly shape: string; readonly ring: RingLayoutView }>();

  /** `now`: monotonic time in ms. */
  constructor(client: Pick<AdminClient, "json">, now = () => performance.now()) {
    this.#client = client;
    this.#now = now;
  }

  /** Rejects if the daemon does not answer; the next one has nothing to compare with. */
  async take(): Promise<Traffic> {
    const before = this.#before;
    this.#before = null;
    const { version } = before ?? (await this.#client.json<{ version: string }>("/version"));
    const lifecycle = await this.#client.json<TrafficSample["lifecycle"]>("/lifecycle");
    const overview = await this.#ifThere<OverviewView>("/overview");
    const pools = await allPools(this.#client);
    const at = this.#now();
    const sample = { at, version, lifecycle, overview, pools, rings: await this.#ringsOf(pools) };
    this.#before = sample;
    return trafficBetween(before, sample);
  }

  /** What the last minute was like; undefined where the daemon does not know. */
  async trends(): Promise<Trends | undefined> {
    const history = await this.#ifThere<HistoryView>(`/history?from=${this.#historyFrom}`);
    if (history === null) return undefined;
    // Only the last minute is asked for, once it is known which points that are.
    this.#historyFrom = Math.max(0, history.next - trendPoints);
    return trendsOf(history, trendPoints);
  }

  /** A daemon from before there was such a path answers all others. */
  async #ifThere<T>(path: string): Promise<T | null> {
    try {
      return await this.#client.json<T>(path);
    } catch (error) {
      if (error instanceof AdminUnreachable && error.status === 404) return null;
      throw error;
    }
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
