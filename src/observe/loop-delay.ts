import type { Cancel, Clock } from "../core/clock.ts";

/** How often a thread's event loop is asked, in ms. A thread that idles wakes up for it: some 0.06 % of a CPU. */
export const askEvery = 200;

/**
 * Tells how much later than asked for this thread's event loop comes to a timer, in ms, five times a second, until
 * cancelled: what an event that comes at any moment has to wait. The system's timers are up to 1 ms late by design.
 * Node's own `monitorEventLoopDelay` costs three times as much at its default resolution, and its numbers could not
 * be added up over threads and time.
 */
export function watchLoopDelay(clock: Clock, onDelay: (delay: number) => void): Cancel {
  let cancel: Cancel = () => {};
  const ask = (): void => {
    const due = clock.now() + askEvery;
    cancel = clock.after(askEvery, () => {
      onDelay(Math.max(0, clock.now() - due));
      ask();
    });
  };
  ask();
  return () => cancel();
}
