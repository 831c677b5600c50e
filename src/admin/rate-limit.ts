/** How often something may be done. */
export interface Rate {
  /** So many at once. */
  readonly burst: number;
  /** And so many more in each second. */
  readonly perSecond: number;
}

/** A token bucket. Monotonic time in ms is handed in. */
export class RateLimit {
  readonly #rate: Rate;
  #left: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#left = rate.burst;
    this.#at = now;
  }

  /** Takes one and returns 0, or returns in how many ms there will be one. */
  take(now: number): number {
    const { burst, perSecond } = this.#rate;
    this.#left = Math.min(burst, this.#left + ((now - this.#at) / 1000) * perSecond);
    this.#at = now;
    if (this.#left < 1) return Math.ceil(((1 - this.#left) / perSecond) * 1000);
    this.#left--;
    return 0;
  }
}
