import type { Clock } from "../core/clock.ts";

/** The time by which something is over. It can be brought forward, and never put off. */
export class Deadline {
  /** Resolves when the time has come. */
  readonly passed: Promise<void>;
  readonly #clock: Pick<Clock, "now" | "after">;
  readonly #pass: () => void;
  #at: number;
  #cancel: () => void;

  /** @param lasts in ms from now */
  constructor(clock: Pick<Clock, "now" | "after">, lasts: number) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.passed = promise;
    this.#pass = resolve;
    this.#clock = clock;
    this.#at = clock.now() + lasts;
    this.#cancel = clock.after(lasts, resolve);
  }

  /** Time that is left, in ms; 0 when it has come. */
  get left(): number {
    return Math.max(0, this.#at - this.#clock.now());
  }

  /** Comes no later than `lasts` ms from now. Says whether it would have. */
  hasten(lasts: number): boolean {
    if (lasts >= this.left) return false;
    this.#cancel();
    this.#at = this.#clock.now() + lasts;
    this.#cancel = this.#clock.after(lasts, this.#pass);
    return true;
  }

  /** It is not needed any more; it never passes if it has not. */
  cancel(): void {
    this.#cancel();
  }
}
