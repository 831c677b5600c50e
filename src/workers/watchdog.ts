import type { Cancel, Clock } from "../core/clock.ts";
import type { Pulse } from "./pulse.ts";

/** How often the threads are looked at, in ms. They give a sign of life five times a second. */
export const lookEvery = 500;

/** A thread that is watched. */
export interface Watched {
  readonly pulse: Pulse;
  /** It stands still because it was told to: its heap is being written down. */
  readonly isHeld: boolean;
}

export interface WatchdogOptions<T extends Watched> {
  readonly clock: Clock;
  /** Silence after which a thread is stuck, in ms; 0: never. Asked at each look. */
  timeout(): number;
  /** Whether somebody debugs this process, and may have stopped its threads; asked before one is called stuck. */
  isDebugged(): boolean;
  /** Who is watched now. */
  threads(): readonly T[];
  /** Called once for each silence. */
  onStuck(thread: T, silence: number): void;
}

/**
 * Finds threads that do not come back to their event loop. Silence is not measured by the clock but added up look by look,
 * and only looks that came in time count: where this thread was late itself, the machine was suspended, frozen or short of
 * CPU, and the others could not come round either.
 */
export class Watchdog<T extends Watched> {
  readonly #options: WatchdogOptions<T>;
  readonly #stuck = new WeakSet<T>();
  #cancel: Cancel = () => {};
  #due = 0;

  constructor(options: WatchdogOptions<T>) {
    this.#options = options;
    this.#arm();
  }

  close(): void {
    this.#cancel();
  }

  #arm(): void {
    const { clock } = this.#options;
    this.#due = clock.now() + lookEvery;
    this.#cancel = clock.after(lookEvery, () => {
      const late = clock.now() - this.#due;
      this.#arm();
      this.#look(late < lookEvery ? lookEvery : 0);
    });
  }

  #look(passed: number): void {
    const { timeout, threads, isDebugged, onStuck } = this.#options;
    const longest = timeout();
    for (const thread of threads()) {
      const silence = thread.pulse.look(thread.isHeld || longest === 0 ? 0 : passed);
      if (silence === 0) this.#stuck.delete(thread);
      if (longest === 0 || silence < longest || this.#stuck.has(thread)) continue;
      if (isDebugged()) {
        thread.pulse.forgive();
        continue;
      }
      this.#stuck.add(thread);
      onStuck(thread, silence);
    }
  }
}
