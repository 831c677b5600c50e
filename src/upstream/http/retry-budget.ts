import type { RetryOptions } from "./http-pool-options.ts";

/**
 * Bounds how many requests are being tried again at once, so that a pool in trouble is not buried under retries: a share of
 * the requests in flight, but at least a few (as Envoy's retry budget).
 */
export class RetryBudget {
  private readonly options: RetryOptions;
  private inFlight = 0;

  constructor(options: RetryOptions) {
    this.options = options;
  }

  /** Takes leave for one retry while `requests` are in flight; false if there is none to be had. */
  take(requests: number): boolean {
    const { least, budget } = this.options;
    if (this.inFlight >= Math.max(least, Math.floor((requests * budget) / 100))) return false;
    this.inFlight++;
    return true;
  }

  /** The retry has come to its end. */
  giveBack(): void {
    this.inFlight--;
  }
}
