import type { EjectOptions } from "../pool-options.ts";

/** What is called failing where nothing is ejected: so many failures in a row, within so many ms. */
export const usualFailures = 3;
const usualWindow = 10_000;

/** A failure for operators: `connect ECONNREFUSED`, as probes say it, or `timeout: no answer within 250 ms`. */
export function failureWords(kind: string, reason: string): string {
  return /^E[A-Z0-9_]+$/.test(reason) ? `${kind} ${reason}` : `${kind}: ${reason}`;
}

/** Counts a server's failures in a row, and says when they are enough to be reported. */
export class FailureCount {
  private readonly limit: number;
  private readonly window: number;
  private failures = 0;
  private firstAt = 0;
  /** Nothing is held against it, and it is known to answer. */
  private good = false;
  private reported = true;

  /** null: nothing is ejected; those who look on want to know all the same. */
  constructor(options: Pick<EjectOptions, "failures" | "window"> | null) {
    this.limit = options?.failures ?? usualFailures;
    this.window = options?.window ?? usualWindow;
  }

  /** One more at `now` (ms). True as often as the limit is reached within the window: a report may be refused. */
  failed(now: number): boolean {
    this.good = false;
    if (this.failures === 0 || now - this.firstAt > this.window) {
      this.failures = 0;
      this.firstAt = now;
    }
    this.failures++;
    if (this.failures % this.limit !== 0) return false;
    this.reported = true;
    return true;
  }

  /** Nothing is held against the server, and it has answered: `succeeded` would say nothing. */
  get isClean(): boolean {
    return this.good;
  }

  /** An answer came. True if that is news: after a report, or because it is the first. */
  succeeded(): boolean {
    if (this.good) return false;
    this.good = true;
    this.failures = 0;
    const news = this.reported;
    this.reported = false;
    return news;
  }

  /** What was held against it is over; the next answer is news again. */
  reset(): void {
    this.failures = 0;
    this.good = false;
    this.reported = true;
  }
}
