import type { Clock } from "../core/clock.ts";
import { Deadline } from "./deadline.ts";
import type { Hooks } from "./hooks.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { type Draining, farewell, type ShutdownSettings, shutDown } from "./shutdown.ts";

export interface EndingParts {
  readonly lifecycle: Lifecycle;
  readonly plane: Draining;
  readonly hooks: Pick<Hooks, "told" | "cancel">;
  readonly clock: Pick<Clock, "now" | "after">;
  /** How to end, asked when it is time to: a reload may have changed it. `drain`: longest time, in ms. */
  settings(): ShutdownSettings & { readonly drain: number };
  /** It is going to close, once. */
  readonly onStop?: (() => void) | undefined;
}

/**
 * The daemon's end, in two steps: it drains, which ends its part in the traffic, and then waits to be stopped, upon which
 * it closes what was opened, the last first. So a manager can drain it before the signal comes that stops it.
 */
export class Ending {
  readonly #parts: EndingParts;
  readonly #open: (() => unknown)[] = [];
  readonly #stopped = Promise.withResolvers<void>();
  #deadline: Deadline | null = null;
  /** While the hooks are told of the drain, the time until which that may last. */
  #tellingUntil: Deadline | null = null;
  #drained: Promise<"drained" | "deadline"> = Promise.resolve("drained");
  #isDrained = false;
  #stopping = false;

  constructor(parts: EndingParts) {
    this.#parts = parts;
  }

  /** Resolves when everything is closed. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  /** The listeners are closed, and the last client is gone. */
  get isDrained(): boolean {
    return this.#isDrained;
  }

  /** It closes when it has drained. */
  get isStopping(): boolean {
    return this.#stopping;
  }

  /** Remembers what is to be closed. */
  add(close: () => unknown): void {
    this.#open.push(close);
  }

  /**
   * Begins to drain, for `lasts` ms at most, by default as the settings say. Where that is under way, it can only be
   * hastened. Says whether it has begun.
   */
  drain(reason: string, lasts?: number): boolean {
    const { lifecycle, clock, settings } = this.#parts;
    if (this.#deadline !== null) {
      if (lasts !== undefined) this.#hasten(this.#deadline, lasts);
      return false;
    }
    const most = lasts ?? settings().drain;
    if (!lifecycle.on("drain", reason, most)) return false;
    this.#deadline = new Deadline(clock, most);
    this.#drained = this.#drain(this.#deadline);
    return true;
  }

  /** Drains, if that is not done or under way, and then closes. */
  stop(reason: string, lasts = this.#parts.settings().drain): void {
    this.drain(reason, lasts);
    if (this.#stopping) return;
    this.#stopping = true;
    this.#parts.onStop?.();
    void this.#drained.then((outcome) =>
      this.#close(outcome === "drained" ? "all clients are gone" : "the drain deadline is over"),
    );
  }

  /** Closes at once what a start that failed has left open. */
  async abandon(reason: string): Promise<void> {
    await this.#parts.plane.close();
    await this.#close(reason);
  }

  /** The hooks hear of it while requests are still taken; however slow they are, there is time left to let clients go. */
  async #drain(deadline: Deadline): Promise<"drained" | "deadline"> {
    const { plane, hooks, clock, settings } = this.#parts;
    const until = new Deadline(clock, beforeFarewell(deadline.left));
    this.#tellingUntil = until;
    await Promise.race([hooks.told(), until.passed]);
    this.#tellingUntil = null;
    until.cancel();
    if (until.left === 0) hooks.cancel("the drain deadline is near");
    const { mode, quiet } = settings();
    const outcome = await shutDown(plane, { mode, quiet, deadline, clock });
    this.#isDrained = true;
    return outcome;
  }

  #hasten(deadline: Deadline, lasts: number): void {
    if (!deadline.hasten(lasts)) return;
    this.#tellingUntil?.hasten(beforeFarewell(lasts));
    this.#parts.lifecycle.hasten(lasts);
  }

  async #close(reason: string): Promise<void> {
    const { lifecycle, hooks } = this.#parts;
    for (const close of this.#open.splice(0).reverse()) await close();
    lifecycle.on("stop", reason);
    await hooks.told();
    this.#stopped.resolve();
  }
}

function beforeFarewell(lasts: number): number {
  return lasts - farewell(lasts);
}
