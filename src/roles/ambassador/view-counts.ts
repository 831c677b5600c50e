import { histogramCount, histogramLength, quantile } from "../../observe/histogram.ts";
import type { MetricInstance } from "../../observe/metric-instance.ts";
import type { RecentLatency } from "../../observe/recent-latency.ts";
import type { TrafficCounts } from "../../observe/traffic-counts.ts";

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

/** Figures common to everything that carries requests; those of latency have names that begin with `name`. */
export function carried<N extends string>(
  name: N,
  traffic: TrafficCounts,
  counts: MetricInstance | undefined,
  recent: RecentLatency,
): Latency<N> & { readonly requests: number; readonly requests_failed: number } {
  return {
    requests: counts === undefined ? 0 : traffic.requests(counts),
    requests_failed: counts === undefined ? 0 : traffic.failed(counts),
    ...latency(name, traffic, counts, recent),
  };
}

function latency<N extends string>(
  name: N,
  traffic: TrafficCounts,
  counts: MetricInstance | undefined,
  recent: RecentLatency,
): Latency<N> {
  const sum = new Float64Array(histogramLength);
  if (counts !== undefined) traffic.latency(counts, sum, new Float64Array(histogramLength));
  const late = counts === undefined ? sum : recent.of(counts, sum);
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
