import type { Address } from "../../core/address.ts";

/** How the app is asked whether it is well. */
export type HealthCheck =
  | { readonly kind: "http"; readonly url: string }
  | { readonly kind: "tcp"; readonly address: Address }
  | { readonly kind: "exec"; readonly command: string; readonly args: readonly string[] }
  | { readonly kind: "file"; readonly path: string };

/** Times in ms. */
export interface AppHealthOptions {
  readonly check: HealthCheck;
  /** From the end of a check to the next. */
  readonly interval: number;
  /** Longest time of a check. */
  readonly timeout: number;
  /** Checks that fail in a row before the app counts as down. */
  readonly threshold: number;
}

/** Where a text of the app's is found. */
export type TextSource =
  | { readonly kind: "http"; readonly url: string }
  | { readonly kind: "file"; readonly path: string };

export interface AppMetricsOptions {
  readonly source: TextSource;
  /** Longest time to read them, in ms. */
  readonly timeout: number;
  /** Largest text, in bytes. */
  readonly limit: number;
}

/** What is known of the app without its doing. */
export interface AppOptions {
  readonly health: AppHealthOptions | null;
  readonly metrics: AppMetricsOptions | null;
  readonly config: TextSource | null;
  /** Whether podmate is ready only while the app is well. */
  readonly ready: "required" | "ignored";
}

/** What the app has said of itself. What is null is as configured. `Hook` is whatever is told of podmate's life. */
export interface Registration<Hook> {
  readonly health: AppHealthOptions | null;
  readonly metrics: AppMetricsOptions | null;
  readonly config: TextSource | null;
  readonly hooks: readonly Hook[];
  /** How long it counts, in ms; null: until another takes its place. */
  readonly ttl: number | null;
}
