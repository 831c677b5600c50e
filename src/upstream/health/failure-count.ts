import type { EjectOptions } from "../pool-options.ts";

/** Counts a server's failures in a row, and says when they are enough to be reported. */
export class FailureCount {
  private readonly options: EjectOptions | null;
  private failures = 0;
  private firstAt = 0;
  private reported = false;

  /** null: nothing is ever reported, for nothing would follow from it. */
  constructor(options: EjectOptions | null) {
    this.options = options;
  }

  /** One more at `now` (ms). True as often as the limit is reached within the window: a report may be refused. */
  failed(now: number): boolean {
    if (this.options === null) return false;
    if (this.failures === 0 || now - this.firstAt > this.options.window) {
      this.failures = 0;
      this.firstAt = now;
    }
    this.failures++;
    if (this.failures % this.options.failures !== 0) return false;
    this.reported = true;
    return true;
  }

  /** An answer came. True if that is news after a report. */
  succeeded(): boolean {
    if (this.failures === 0) return false;
    this.failures = 0;
    const news = this.reported;
    this.reported = false;
    return news;
  }

  reset(): void {
    this.failures = 0;
    this.reported = false;
  }
}
