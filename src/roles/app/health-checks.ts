import type { Cancel, Clock } from "../../core/clock.ts";
import { errorReason } from "../../core/error-reason.ts";
import type { AppHealthOptions } from "./app-options.ts";
import { type AppReport, downReport } from "./app-report.ts";

/** Checks the app once; may reject, and need not mind the timeout beyond heeding the signal. */
export type CheckApp = (options: AppHealthOptions, signal: AbortSignal) => Promise<AppReport>;

export interface HealthChecksParts {
  readonly options: AppHealthOptions;
  readonly clock: Clock;
  readonly check: CheckApp;
  onReport(report: AppReport): void;
}

/** Checks the app again and again, one check after the other, until closed. */
export class HealthChecks {
  readonly #parts: HealthChecksParts;
  readonly #closing = new AbortController();
  #cancelNext: Cancel = () => {};

  constructor(parts: HealthChecksParts) {
    this.#parts = parts;
    void this.#run();
  }

  get options(): AppHealthOptions {
    return this.#parts.options;
  }

  /** Nothing is reported afterwards. */
  close(): void {
    this.#closing.abort();
    this.#cancelNext();
  }

  async #run(): Promise<void> {
    const { options, clock, onReport } = this.#parts;
    const report = await this.#once();
    if (this.#closing.signal.aborted) return;
    onReport(report);
    this.#cancelNext = clock.after(options.interval, () => void this.#run());
  }

  /** Never rejects, and is done when the time is over, whatever becomes of the check. */
  async #once(): Promise<AppReport> {
    const { options, clock, check } = this.#parts;
    const tooLong = new AbortController();
    const { promise: late, resolve } = Promise.withResolvers<AppReport>();
    const cancel = clock.after(options.timeout, () => {
      resolve(downReport(`no answer within ${options.timeout} ms`));
      tooLong.abort();
    });
    const signal = AbortSignal.any([tooLong.signal, this.#closing.signal]);
    const closed = (): void => resolve(downReport("cancelled"));
    this.#closing.signal.addEventListener("abort", closed);
    try {
      return await Promise.race([late, check(options, signal)]);
    } catch (error) {
      return downReport(errorReason(error));
    } finally {
      cancel();
      this.#closing.signal.removeEventListener("abort", closed);
    }
  }
}
