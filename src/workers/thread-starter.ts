import { Worker } from "node:worker_threads";

/**
 * Starts the threads of workers. The first one starts before anybody asks for it, for there is always one: it loads its
 * module while the configuration is read, which says how many there shall be and what they are to do.
 */
export class ThreadStarter {
  readonly #entry: URL;
  #first: Worker | null;

  /** `entry` is the module that the threads run; see `threadEntry`. Throws if the system grants no thread. */
  constructor(entry: URL) {
    this.#entry = entry;
    this.#first = this.#start(0);
  }

  /** A new thread for worker `index`, which the module finds in its `workerData`. Throws if the system grants none. */
  start(index: number): Worker {
    const ready = index === 0 ? this.#first : null;
    if (ready !== null) this.#first = null;
    return ready ?? this.#start(index);
  }

  /** Ends the first thread if nobody has asked for it. */
  async close(): Promise<void> {
    await this.#first?.terminate();
  }

  #start(index: number): Worker {
    try {
      // `top -H` and profilers show 15 characters of the name.
      return new Worker(this.#entry, { workerData: { index }, name: `podmate-w${index}` });
    } catch (error) {
      // Node says no more than EAGAIN.
      const reason = error instanceof Error ? error.message : error;
      throw new Error(`cannot start the thread of worker ${index}: ${reason}`, { cause: error });
    }
  }
}
