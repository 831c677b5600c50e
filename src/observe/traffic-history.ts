import type { Cancel, Clock } from "../core/clock.ts";
import { CarrierHistory, quantileOf } from "./carrier-history.ts";
import { histogramLength } from "./histogram.ts";
import { HistoryColumn } from "./history-column.ts";
import type { MetricInstance } from "./metric-instance.ts";
import type { MetricRegistry } from "./metric-registry.ts";
import type { RecentLatency } from "./recent-latency.ts";
import { type CarrierEntity, trafficCounts } from "./traffic-counts.ts";

/** Time between two ticks, in ms. */
export const tickEvery = 2_000;
/** Ticks that are kept: five minutes. */
export const points = 150;
/** Pools and servers that are followed, the first that have come; together they take at most 1.1 MB. */
export const mostPools = 100;
export const mostServers = 500;

/** What the process has used up so far, and holds now. */
export interface ProcessUsage {
  /** User and system time of all threads, in s. */
  readonly cpuSeconds: number;
  /** In bytes. */
  readonly residentMemory: number;
}

export interface TrafficHistoryOptions {
  readonly metrics: MetricRegistry;
  readonly clock: Clock;
  readonly usage: () => ProcessUsage;
  /** Kept up to date for all that is followed. */
  readonly recent: RecentLatency;
}

const pools: readonly CarrierEntity[] = ["pool", "httpPool"];
const servers: readonly CarrierEntity[] = ["server", "httpServer"];

const all = new Float64Array(histogramLength);
const scratch = new Float64Array(histogramLength);

/**
 * The last minutes, tick by tick: what the daemon, its pools and its servers have carried, and what it took. The main
 * thread reads the counters that are there anyway, so the data plane has nothing to do with it. A tick takes some 0.5 ms
 * with four pools of four servers, and 6 ms with the most that is followed.
 */
export class TrafficHistory {
  /** Over all pools; rates per second, latency in µs. */
  readonly requests = new HistoryColumn(points);
  readonly failed = new HistoryColumn(points);
  readonly p50 = new HistoryColumn(points);
  readonly p99 = new HistoryColumn(points);
  /** CPUs at work: 1 is one of them all the time. */
  readonly cpu = new HistoryColumn(points);
  /** In bytes. */
  readonly residentMemory = new HistoryColumn(points);
  readonly #options: TrafficHistoryOptions;
  readonly #pools = new Map<string, CarrierHistory>();
  readonly #servers = new Map<string, CarrierHistory>();
  readonly #total = new Float64Array(histogramLength);
  #ticks = 0;
  #at: number;
  #cpuBefore: number;

  constructor(options: TrafficHistoryOptions) {
    this.#options = options;
    this.#at = options.clock.now();
    this.#cpuBefore = options.usage().cpuSeconds;
  }

  /** Ticks so far: that of the newest point is one less. */
  get ticks(): number {
    return this.#ticks;
  }

  /** Number of the oldest tick that is kept. */
  get oldest(): number {
    return Math.max(0, this.#ticks - points);
  }

  /** How long ago the newest point ended, in ms. */
  get age(): number {
    return this.#options.clock.now() - this.#at;
  }

  pool(name: string): CarrierHistory | undefined {
    return this.#pools.get(name);
  }

  /** `key`: that of its metrics. */
  server(key: string): CarrierHistory | undefined {
    return this.#servers.get(key);
  }

  /** Ticks until cancelled. */
  watch(): Cancel {
    const { clock } = this.#options;
    let cancel: Cancel = () => {};
    const wait = (): void => {
      cancel = clock.after(tickEvery, () => {
        this.tick();
        wait();
      });
    };
    this.#follow();
    wait();
    return () => cancel();
  }

  /** Takes down what has come since the last tick. */
  tick(): void {
    const { clock, usage } = this.#options;
    const now = clock.now();
    const seconds = Math.max(1e-3, (now - this.#at) / 1000);
    this.#skip(Math.round((now - this.#at) / tickEvery) - 1);
    const tick = this.#ticks++;
    this.#at = now;
    const total = this.#total.fill(0);
    for (const history of this.#pools.values()) history.take(tick, seconds, total);
    for (const history of this.#servers.values()) history.take(tick, seconds, null);
    const carried = [...this.#pools.values()];
    this.requests.set(tick, add(carried.map(({ requests }) => requests.sum(tick, tick + 1))));
    this.failed.set(tick, add(carried.map(({ failed }) => failed.sum(tick, tick + 1))));
    this.p50.set(tick, quantileOf(total, 0.5));
    this.p99.set(tick, quantileOf(total, 0.99));
    const { cpuSeconds, residentMemory } = usage();
    this.cpu.set(tick, (cpuSeconds - this.#cpuBefore) / seconds);
    this.#cpuBefore = cpuSeconds;
    this.residentMemory.set(tick, residentMemory);
    this.#follow();
  }

  /** The process was stopped, or the machine asleep, for so many ticks: the time axis has a gap. */
  #skip(ticks: number): void {
    const own = [this.requests, this.failed, this.p50, this.p99, this.cpu, this.residentMemory];
    for (let i = 0; i < Math.min(ticks, points); i++) {
      const tick = this.#ticks++;
      for (const column of own) column.set(tick, Number.NaN);
      for (const history of this.#pools.values()) history.skip(tick);
      for (const history of this.#servers.values()) history.skip(tick);
    }
  }

  /** Follows the pools and servers that there are now, and no others. */
  #follow(): void {
    this.#keep(this.#pools, pools, mostPools, true);
    this.#keep(this.#servers, servers, mostServers, false);
  }

  #keep(
    known: Map<string, CarrierHistory>,
    kinds: readonly CarrierEntity[],
    most: number,
    withLatency: boolean,
  ): void {
    const { metrics } = this.#options;
    const found = new Map<string, readonly [MetricInstance, CarrierEntity]>();
    for (const entity of kinds) {
      for (const [key, instance] of metrics.keyed(entity)) {
        if (found.size < most) found.set(key, [instance, entity]);
      }
    }
    for (const key of known.keys()) if (!found.has(key)) known.delete(key);
    for (const [key, [instance, entity]] of found) {
      this.#mark(instance, entity);
      if (known.get(key)?.follows(instance) === true) continue;
      known.set(key, new CarrierHistory(instance, trafficCounts[entity], points, withLatency));
    }
  }

  #mark(instance: MetricInstance, entity: CarrierEntity): void {
    const { recent } = this.#options;
    if (!recent.isDue(instance)) return;
    trafficCounts[entity].latency(instance, all, scratch);
    recent.mark(instance, all);
  }
}

function add(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
