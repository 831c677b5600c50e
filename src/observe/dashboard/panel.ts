import type { Query } from "./query.ts";

/** A graph over time. */
export interface Panel {
  readonly title: string;
  /** Grafana's name of the unit. */
  readonly unit: "none" | "s" | "bytes" | "Bps" | "reqps" | "ops" | "percentunit";
  /** Shown at the title. */
  readonly help?: string;
  readonly queries: readonly Query[];
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}
