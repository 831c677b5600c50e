import { backoff } from "../../core/backoff.ts";
import type { Cancel, Clock } from "../../core/clock.ts";
import { errorReason } from "../../core/error-reason.ts";
import type { ServerOptions } from "../pool-options.ts";
import type { Discovery, DiscoveryState, OnServers } from "./discovery.ts";
import type { Findings } from "./findings.ts";

/** Pauses between attempts that fail, in ms. */
export const firstRetry = 1_000;
export const longestRetry = 30_000;
const jitter = 0.2;

export interface PolledAnswer {
  readonly servers: readonly ServerOptions[];
  /** Until it has to be asked for again, in ms. */
  readonly holdsFor: number;
}

export interface PolledOptions {
  readonly findings: Findings;
  readonly clock: Clock;
  /** Gives a number in [0, 1). */
  readonly random: () => number;
  /** Asks once; rejects, in words, where there is no answer of use. */
  readonly ask: () => Promise<PolledAnswer>;
}

/** A source that has to be asked again and again: when its answer is over, and after a failure with growing pauses. */
export class PolledDiscovery implements Discovery {
  readonly #options: PolledOptions;
  #failuresInARow = 0;
  #closed = false;
  #cancel: Cancel = () => {};

  constructor(options: PolledOptions) {
    this.#options = options;
  }

  start(onServers: OnServers): void {
    this.#options.findings.open(onServers);
    void this.#ask();
  }

  state(): DiscoveryState {
    return this.#options.findings.state();
  }

  /** What is still being asked is dropped when it comes. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    this.#options.findings.close();
  }

  async #ask(): Promise<void> {
    const { ask, clock } = this.#options;
    const answer = await ask().catch((error: unknown) => errorReason(error));
    if (this.#closed) return;
    const pause = typeof answer === "string" ? this.#fail(answer) : this.#take(answer);
    this.#cancel = clock.after(pause, () => void this.#ask());
  }

  #take({ servers, holdsFor }: PolledAnswer): number {
    this.#failuresInARow = 0;
    this.#options.findings.recover();
    this.#options.findings.take(servers);
    return holdsFor;
  }

  #fail(reason: string): number {
    const { findings, random } = this.#options;
    findings.fail(reason);
    return backoff(this.#failuresInARow++, firstRetry, longestRetry, jitter, random);
  }
}
