import type { Cancel, Clock } from "../core/clock.ts";
import type { Lifecycle, LifecycleChange } from "./lifecycle.ts";

/** What holds requests back. */
export interface Pausable {
  pause(): void;
  resume(): void;
}

/**
 * Holds new requests while the daemon is paused, and lets them go on when it is not. A pause has an end: whoever has
 * paused may have died, and then what is held is better served late than refused, so the daemon resumes on its own.
 */
export class Pausing {
  readonly #plane: Pausable;
  readonly #clock: Pick<Clock, "after">;
  #cancelEnd: Cancel = () => {};

  constructor(plane: Pausable, clock: Pick<Clock, "after">) {
    this.#plane = plane;
    this.#clock = clock;
  }

  /** To be called for each change of state. */
  follow({ from, to, lasts }: LifecycleChange, lifecycle: Lifecycle): void {
    if (from === "paused") {
      this.#cancelEnd();
      this.#plane.resume();
    }
    if (to !== "paused") return;
    this.#plane.pause();
    if (lasts === undefined) return;
    this.#cancelEnd = this.#clock.after(lasts, () => lifecycle.on("resume", "the pause was over"));
  }
}
