/** Stops a timer; does nothing to one that has fired or was stopped before. */
export type Cancel = () => void;

/** Time as everything below `app.ts` sees it, so that tests can move it by hand. All times are ms. */
export interface Clock {
  /** Monotonic time since an arbitrary start; only differences mean anything. */
  now(): number;
  /** Time since the Unix epoch, for people; it may jump, so nothing is decided by it. */
  wall(): number;
  /** Calls `run` once, `delay` ms from now; longer than 2^31 - 1 ms (24.8 days) is cut to that. */
  after(delay: number, run: () => void): Cancel;
}

/** setTimeout takes a longer delay for 1 ms. */
const longestDelay = 2 ** 31 - 1;

/** The clock of the machine. Its timers keep the process alive until they fire or are cancelled. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after: (delay, run) => {
    const timer = setTimeout(run, Math.min(delay, longestDelay));
    return () => clearTimeout(timer);
  },
};
