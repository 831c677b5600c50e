import { patienceMs } from "./patience.ts";

/**
 * How far the run is, counted in answers, and which state the servers are in. Faults and slow clients wait for answers
 * and not for time, so that the same seed meets the same events on a fast machine and on a slow one.
 */
export class Progress {
  /** Odd while a fault or a reload is being made; what was stored in an even epoch must be found in the same epoch. */
  epoch = 0;
  /** Not 0 while every server is well and known to be; another number for each such time. */
  calm = 1;
  /** Set once clients are to end. */
  stopped = false;
  #answers = 0;
  #lastCalm = 1;
  readonly #waiting = new Set<Waiter>();
  #lastAnswerAt = performance.now();
  #watch: NodeJS.Timeout | null = null;

  /** Requests answered, in whatever way. */
  get answers(): number {
    return this.#answers;
  }

  answered(): void {
    this.#answers++;
    this.#lastAnswerAt = performance.now();
    for (const waiter of this.#waiting) if (waiter.isDue()) this.#release(waiter);
  }

  /** Resolves after `count` more answers, or when the run ends; rejects when no answer comes for `patienceMs`. */
  after(count: number): Promise<void> {
    const at = this.#answers + count;
    return this.when(() => this.#answers >= at);
  }

  /** Resolves with the first answer after which `isDue` holds, or when the run ends; rejects as `after` does. */
  when(isDue: () => boolean): Promise<void> {
    if (this.stopped) return Promise.resolve();
    this.#watch ??= setInterval(() => this.#look(), patienceMs / 10).unref();
    return new Promise((go, giveUp) => {
      this.#waiting.add({ isDue, go, giveUp });
    });
  }

  /** Runs a change of what is stored where; nothing is taken for granted while it lasts. */
  async change<T>(make: () => Promise<T>): Promise<T> {
    this.epoch++;
    try {
      return await make();
    } finally {
      this.epoch++;
    }
  }

  /** From now on errors are to be expected. */
  beginTrouble(): void {
    this.calm = 0;
  }

  endTrouble(): void {
    this.calm = ++this.#lastCalm;
  }

  stop(): void {
    this.stopped = true;
    if (this.#watch !== null) clearInterval(this.#watch);
    for (const waiter of this.#waiting) this.#release(waiter);
  }

  /** Where nobody is answered any more, those who wait for that would wait for ever. */
  #look(): void {
    if (performance.now() - this.#lastAnswerAt < patienceMs) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { giveUp } of waiting) giveUp(new Error(`no answer to anybody within ${patienceMs} ms`));
  }

  #release(waiter: Waiter): void {
    this.#waiting.delete(waiter);
    waiter.go();
  }
}

interface Waiter {
  readonly isDue: () => boolean;
  readonly go: () => void;
  readonly giveUp: (error: Error) => void;
}
