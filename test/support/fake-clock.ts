import type { Cancel, Clock } from "../../src/core/clock.ts";

interface FakeTimer {
  due: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now: number;
  #wall: number;
  #order = 0;
  readonly #timers = new Set<FakeTimer>();

  constructor(now = 1_000, wall = Date.UTC(2026, 0, 1)) {
    this.#now = now;
    this.#wall = wall;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#wall;
  }

  after(delay: number, run: () => void): Cancel {
    const timer: FakeTimer = { due: this.#now + Math.max(0, delay), order: this.#order++, run };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Timers that have not fired: 0 where everything was cleaned up. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Time until the next timer fires; undefined without one. */
  get untilNext(): number | undefined {
    const next = this.#next();
    return next && next.due - this.#now;
  }

  /** Moves time by `ms`, firing what becomes due on the way, each at its own time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#next(); next && next.due <= end; next = this.#next()) {
      this.#timers.delete(next);
      this.#move(Math.max(this.#now, next.due));
      next.run();
    }
    this.#move(end);
  }

  /** Lets `ms` pass in which the process stands still: what became due on the way fires at the end, once. */
  stall(ms: number): void {
    this.#move(this.#now + ms);
    const due = [...this.#timers].filter((timer) => timer.due <= this.#now);
    for (const timer of due) {
      if (this.#timers.delete(timer)) timer.run();
    }
  }

  /** Sets monotonic time back or forth by `ms` without firing anything, as a broken clock would; timers keep their delay. */
  jump(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers) timer.due += ms;
  }

  /** Sets the clock for people back or forth by `ms`, as an operator or a time server does. */
  setWall(ms: number): void {
    this.#wall += ms;
  }

  /** Fires the next timer, moving time to it. False without one. */
  fireNext(): boolean {
    const wait = this.untilNext;
    if (wait === undefined) return false;
    this.advance(Math.max(0, wait));
    return true;
  }

  #move(to: number): void {
    this.#wall += to - this.#now;
    this.#now = to;
  }

  #next(): FakeTimer | undefined {
    let first: FakeTimer | undefined;
    for (const timer of this.#timers) {
      if (!first || timer.due < first.due || (timer.due === first.due && timer.order < first.order))
        first = timer;
    }
    return first;
  }
}
