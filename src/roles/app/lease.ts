import type { Cancel, Clock } from "../../core/clock.ts";

/** Something that counts until it is replaced, taken back, or its time is over. */
export class Lease<T> {
  readonly #clock: Clock;
  readonly #ended: () => void;
  #held: { readonly value: T; readonly until: number | null } | null = null;
  #cancel: Cancel = () => {};

  /** `ended` is told when the time is over. */
  constructor(clock: Clock, ended: () => void) {
    this.#clock = clock;
    this.#ended = ended;
  }

  get value(): T | null {
    return this.#held?.value ?? null;
  }

  /** Unix time in ms; null: nothing is held, or for ever. */
  get until(): number | null {
    return this.#held?.until ?? null;
  }

  /** `ttl` in ms; null: until it is replaced. */
  hold(value: T, ttl: number | null): void {
    this.release();
    this.#held = { value, until: ttl === null ? null : this.#clock.wall() + ttl };
    if (ttl === null) return;
    this.#cancel = this.#clock.after(ttl, () => {
      this.#held = null;
      this.#ended();
    });
  }

  /** Its end comes no more; what is held stays. */
  stop(): void {
    this.#cancel();
  }

  /** Whether there was anything. */
  release(): boolean {
    this.#cancel();
    const held = this.#held !== null;
    this.#held = null;
    return held;
  }
}
