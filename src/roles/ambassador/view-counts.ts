import { addHistogram, histogramLength, quantile } from "../../observe/histogram.ts";
import type { MetricInstance } from "../../observe/metric-instance.ts";

/** Two quantiles of a duration in µs; null where nothing was measured yet. */
export type Latency<N extends string> = Record<`${N}_p50_us` | `${N}_p99_us`, number | null>;

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
  offset: number,
  histograms = 1,
): Latency<N> {
  const sum = new Float64Array(histogramLength);
  const one = new Float64Array(histogramLength);
  let any = false;
  for (let i = 0; i < histograms; i++) {
    if (counts?.histogram(offset + i * histogramLength, one) !== true) continue;
    addHistogram(sum, 0, one, 0);
    any = true;
  }
  const at = (share: number): number | null => (any ? quantile(sum, 0, share) : null);
  return { [`${name}_p50_us`]: at(0.5), [`${name}_p99_us`]: at(0.99) } as Latency<N>;
}
