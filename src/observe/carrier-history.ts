import { histogramCount, histogramLength, quantile } from "./histogram.ts";
import { HistoryColumn } from "./history-column.ts";
import type { MetricInstance } from "./metric-instance.ts";
import type { TrafficCounts } from "./traffic-counts.ts";

const all = new Float64Array(histogramLength);
const scratch = new Float64Array(histogramLength);

/** What one pool or server has carried, tick by tick: 1.2 KB, and 5 KB with latency. */
export class CarrierHistory {
  /** Per second. */
  readonly requests: HistoryColumn;
  /** Per second. */
  readonly failed: HistoryColumn;
  /** Part of the keys that were found, 0 to 1; null for what has no keys. */
  readonly hitShare: HistoryColumn | null;
  /** In µs; null where latency is not followed. */
  readonly p50: HistoryColumn | null;
  readonly p99: HistoryColumn | null;
  readonly #instance: MetricInstance;
  readonly #counts: TrafficCounts;
  readonly #seen: Float64Array | null;
  #requestsBefore: number;
  #failedBefore: number;
  #hitsBefore = 0;
  #missesBefore = 0;

  /** `points`: ticks that are kept. What was counted before now belongs to no tick. */
  constructor(instance: MetricInstance, counts: TrafficCounts, points: number, withLatency: boolean) {
    const { keys } = counts;
    this.#instance = instance;
    this.#counts = counts;
    this.requests = new HistoryColumn(points);
    this.failed = new HistoryColumn(points);
    this.hitShare = keys && new HistoryColumn(points);
    this.p50 = withLatency ? new HistoryColumn(points) : null;
    this.p99 = withLatency ? new HistoryColumn(points) : null;
    this.#seen = withLatency ? new Float64Array(histogramLength) : null;
    this.#requestsBefore = counts.requests(instance);
    this.#failedBefore = counts.failed(instance);
    if (keys !== null) {
      this.#hitsBefore = keys.hits(instance);
      this.#missesBefore = keys.misses(instance);
    }
    if (this.#seen !== null) counts.latency(instance, this.#seen, scratch);
  }

  /** Whether it still follows what is counted under its name. */
  follows(instance: MetricInstance): boolean {
    return this.#instance === instance;
  }

  /**
   * Takes down what has come since the last tick, `seconds` ago. What was measured meanwhile is added to `total`, a
   * histogram, so that pools can be told as one.
   */
  take(tick: number, seconds: number, total: Float64Array | null): void {
    const counts = this.#counts;
    const instance = this.#instance;
    const requests = counts.requests(instance);
    const failed = counts.failed(instance);
    this.requests.set(tick, Math.max(0, requests - this.#requestsBefore) / seconds);
    this.failed.set(tick, Math.max(0, failed - this.#failedBefore) / seconds);
    this.#requestsBefore = requests;
    this.#failedBefore = failed;
    this.#takeKeys(tick);
    this.#takeLatency(tick, total);
  }

  /** The process stood still: nothing is known of this tick. */
  skip(tick: number): void {
    for (const column of [this.requests, this.failed, this.hitShare, this.p50, this.p99]) {
      column?.set(tick, Number.NaN);
    }
  }

  #takeKeys(tick: number): void {
    const { keys } = this.#counts;
    if (keys === null) return;
    const hits = keys.hits(this.#instance);
    const misses = keys.misses(this.#instance);
    const found = hits - this.#hitsBefore;
    // 0 / 0 is NaN: nobody has asked for a key.
    this.hitShare?.set(tick, found / (found + misses - this.#missesBefore));
    this.#hitsBefore = hits;
    this.#missesBefore = misses;
  }

  #takeLatency(tick: number, total: Float64Array | null): void {
    const seen = this.#seen;
    if (seen === null) return;
    this.#counts.latency(this.#instance, all, scratch);
    for (let i = 0; i < histogramLength; i++) {
      const more = all[i]! - seen[i]!;
      seen[i] = all[i]!;
      all[i] = more;
      if (total !== null) total[i]! += more;
    }
    this.p50?.set(tick, quantileOf(all, 0.5));
    this.p99?.set(tick, quantileOf(all, 0.99));
  }
}

/** In µs; NaN where nothing was measured. */
export function quantileOf(histogram: Float64Array, share: number): number {
  return histogramCount(histogram, 0) === 0 ? Number.NaN : quantile(histogram, 0, share);
}
