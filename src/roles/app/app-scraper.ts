import type { Clock } from "../../core/clock.ts";
import { errorReason } from "../../core/error-reason.ts";
import type { AppMetricsOptions } from "./app-options.ts";
import { BadText } from "./bad-text.ts";
import type { AppMetrics } from "./metrics-text.ts";

/** How a scrape of the app ended. */
export type ScrapeResult = "ok" | "failed" | "timeout" | "too_large" | "malformed";

export interface Scrape {
  readonly result: ScrapeResult;
  /** Why there are no metrics; empty if there are. */
  readonly reason: string;
  readonly metrics: AppMetrics;
  /** In ms. */
  readonly duration: number;
  /** When it ended, in ms since the Unix epoch. */
  readonly at: number;
}

/** Reads and parses the app's metrics once; rejects with why there are none. */
export type ReadAppMetrics = (options: AppMetricsOptions, signal: AbortSignal) => Promise<AppMetrics>;

export const noMetrics: AppMetrics = { families: [], samples: 0, refused: 0 };

/** Scrapes the app when podmate is scraped. Who asks meanwhile gets the same: many scrapers cost the app no more than one. */
export class AppScraper {
  readonly options: AppMetricsOptions;
  readonly #clock: Clock;
  readonly #read: ReadAppMetrics;
  #running: Promise<Scrape> | null = null;
  #last: Scrape | null = null;

  constructor(options: AppMetricsOptions, clock: Clock, read: ReadAppMetrics) {
    this.options = options;
    this.#clock = clock;
    this.#read = read;
  }

  /** null before the first. */
  get last(): Scrape | null {
    return this.#last;
  }

  /** Never rejects, and is done within the timeout. `ended` is told once of each scrape. */
  scrape(ended: (scrape: Scrape) => void): Promise<Scrape> {
    this.#running ??= this.#scrape().then((scrape) => {
      this.#running = null;
      this.#last = scrape;
      ended(scrape);
      return scrape;
    });
    return this.#running;
  }

  async #scrape(): Promise<Scrape> {
    const began = this.#clock.now();
    const { timeout } = this.options;
    const tooLong = new AbortController();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const cancel = this.#clock.after(timeout, () => {
      const error = new ScrapeTimeout(`it was not read within ${timeout} ms`);
      reject(error);
      tooLong.abort(error);
    });
    const done = (result: ScrapeResult, reason: string, metrics: AppMetrics): Scrape => {
      const duration = this.#clock.now() - began;
      return { result, reason, metrics, duration, at: this.#clock.wall() };
    };
    try {
      return done("ok", "", await Promise.race([late, this.#read(this.options, tooLong.signal)]));
    } catch (error) {
      return done(resultOf(error), errorReason(error), noMetrics);
    } finally {
      cancel();
    }
  }
}

class ScrapeTimeout extends Error {}

function resultOf(error: unknown): ScrapeResult {
  if (error instanceof ScrapeTimeout) return "timeout";
  return error instanceof BadText ? error.kind : "failed";
}
