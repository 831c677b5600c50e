import type { Clock } from "../core/clock.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { type Draining, type ShutdownOptions, shutDown } from "./shutdown.ts";

export interface EndingParts {
  readonly lifecycle: Lifecycle;
  readonly plane: Draining;
  readonly clock: Pick<Clock, "after">;
  /** How to end, asked when it is time to: a reload may have changed it. */
  settings(): Pick<ShutdownOptions, "mode" | "drain">;
}

/** The daemon's end: drains the data plane, then closes what was opened, the last first. */
export class Ending {
  readonly #parts: EndingParts;
  readonly #open: (() => unknown)[] = [];
  readonly #stopped = Promise.withResolvers<void>();

  constructor(parts: EndingParts) {
    this.#parts = parts;
  }

  /** Resolves when everything is closed. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  /** Remembers what is to be closed. */
  add(close: () => unknown): void {
    this.#open.push(close);
  }

  /** Drains and closes. Does nothing if that is already under way. */
  async drain(reason: string): Promise<void> {
    const { lifecycle, plane, clock, settings } = this.#parts;
    const { mode, drain } = settings();
    if (!lifecycle.on("drain", reason, drain)) return;
    const outcome = await shutDown(plane, { mode, drain, clock });
    await this.#close(outcome === "drained" ? "all clients are gone" : "the drain deadline is over");
  }

  /** Closes at once what a start that failed has left open. */
  async abandon(reason: string): Promise<void> {
    await this.#parts.plane.close();
    await this.#close(reason);
  }

  async #close(reason: string): Promise<void> {
    for (const close of this.#open.splice(0).reverse()) await close();
    this.#parts.lifecycle.on("stop", reason);
    this.#stopped.resolve();
  }
}
