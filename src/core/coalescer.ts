import { backoff } from "./backoff.ts";
import type { Cancel, Clock } from "./clock.ts";

export interface CoalescerOptions {
  readonly clock: Pick<Clock, "after">;
  /** Between being asked and the run, in ms: what else is asked for in that time is one with it. */
  readonly delay: number;
  /** Pauses after a run that failed, in ms. */
  readonly firstRetry: number;
  readonly longestRetry: number;
  readonly run: () => Promise<void>;
  /** Told of a failure, and in how many ms it is tried again. */
  readonly onFailure: (error: unknown, pause: number) => void;
}

/** Does something soon after it was asked for, once for many askings and never twice at a time, until it has succeeded. */
export class Coalescer {
  readonly #options: CoalescerOptions;
  #cancel: Cancel | null = null;
  #running: Promise<void> | null = null;
  #askedMeanwhile = false;
  #failures = 0;
  /** What is waited for is another try. */
  #retrying = false;
  #closed = false;

  constructor(options: CoalescerOptions) {
    this.#options = options;
  }

  ask(): void {
    if (this.#closed) return;
    if (this.#running !== null) this.#askedMeanwhile = true;
    // What waits after a failure need not: there is something new to try.
    else if (this.#cancel === null || this.#retrying) this.#arm(this.#options.delay, false);
  }

  /** Runs nothing any more; resolves when what is running has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#running;
  }

  #arm(delay: number, retrying: boolean): void {
    this.#cancel?.();
    this.#retrying = retrying;
    this.#cancel = this.#options.clock.after(delay, () => {
      this.#cancel = null;
      this.#running = this.#run();
    });
  }

  async #run(): Promise<void> {
    const { run, onFailure, delay, firstRetry, longestRetry } = this.#options;
    let pause: number | null = null;
    try {
      await run();
      this.#failures = 0;
    } catch (error) {
      pause = backoff(this.#failures++, firstRetry, longestRetry);
      if (!this.#closed) onFailure(error, pause);
    }
    this.#running = null;
    const asked = this.#askedMeanwhile;
    this.#askedMeanwhile = false;
    if (this.#closed) return;
    if (asked) this.#arm(delay, false);
    else if (pause !== null) this.#arm(pause, true);
  }
}
