import { addHistogram, histogramCount, histogramLength, quantile } from "../../observe/histogram.ts";
import type { MetricInstance } from "../../observe/metric-instance.ts";
import type { RecentLatency } from "../../observe/recent-latency.ts";

/** Two quantiles of a duration in µs, since the start and of late; null where nothing was measured. */
export type Latency<N extends string> = Record<
  `${N}_p50_us` | `${N}_p99_us` | `${N}_recent_p50_us` | `${N}_recent_p99_us`,
  number | null
>;

/** A counter by the values of its label; what never happened is left out. */
export function countsBy(
  counts: MetricInstance | undefined,
  offset: number,
  values: Readonly<Record<string, number>>,
): Record<string, number> {
  const entries = Object.entries(values).map(
    ([value, index]) => [value, counts?.value(offset + index) ?? 0] as const,
  );
  return Object.fromEntries(entries.filter(([, count]) => count > 0));
}

/** The durations at `offset`, of `histograms` in a row together, under names that begin with `name`. */
export function latency<N extends string>(
  name: N,
  counts: MetricInstance | undefined,
  recent: RecentLatency,
  offset: number,
  histograms = 1,
): Latency<N> {
  const sum = new Float64Array(histogramLength);
  const one = new Float64Array(histogramLength);
  for (let i = 0; i < histograms; i++) {
    if (counts?.histogram(offset + i * histogramLength, one) !== true) continue;
    addHistogram(sum, 0, one, 0);
  }
  const late = counts === undefined || histogramCount(sum, 0) === 0 ? sum : recent.of(counts, sum);
  return {
    [`${name}_p50_us`]: quantileOf(sum, 0.5),
    [`${name}_p99_us`]: quantileOf(sum, 0.99),
    [`${name}_recent_p50_us`]: quantileOf(late, 0.5),
    [`${name}_recent_p99_us`]: quantileOf(late, 0.99),
  } as Latency<N>;
}

function quantileOf(histogram: Float64Array, share: number): number | null {
  return histogramCount(histogram, 0) === 0 ? null : quantile(histogram, 0, share);
}
