/** counter: only grows. gauge: goes up and down. histogram: durations, recorded in µs and shown in seconds. */
export type MetricKind = "counter" | "gauge" | "histogram";

/** A label with a closed set of values; each value has its own slot. */
export interface Dimension {
  readonly label: string;
  /** Value → index, dense from 0. */
  readonly values: Readonly<Record<string, number>>;
}

export interface Metric {
  readonly kind: MetricKind;
  /** One sentence for the operator. */
  readonly help: string;
  readonly unit?: "seconds" | "bytes";
  readonly by?: Dimension;
}
