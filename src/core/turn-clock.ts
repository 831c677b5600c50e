import { type Clock, systemClock } from "./clock.ts";

/**
 * The time of the current turn: read once per event instead of once per request. Whoever is called first by the
 * event loop (a read, a timer) calls `read`; all that follows uses `now`.
 */
export class TurnClock {
  readonly clock: Clock;
  /** ms, as `Clock.now`. */
  now: number;

  constructor(clock: Clock = systemClock) {
    this.clock = clock;
    this.now = clock.now();
  }

  read(): number {
    this.now = this.clock.now();
    return this.now;
  }
}
