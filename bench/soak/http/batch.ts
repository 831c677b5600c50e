import type { Progress } from "../progress.ts";
import type { Homes } from "./homes.ts";
import type { HttpTally } from "./http-tally.ts";

/** How long podmate lets a client be idle, in ms. */
export const clientIdleMs = 5_000;

/** What the clients of a soak share. */
export interface HttpContext {
  readonly port: number;
  readonly progress: Progress;
  readonly tally: HttpTally;
  readonly homes: Homes;
  /** Whether servers switch to another protocol when they are asked to. */
  readonly tunnels: boolean;
}

/** What all requests of one batch share. */
export class Batch {
  readonly #context: HttpContext;
  /** Epoch and calm at the time when the batch is sent. */
  readonly #epoch: number;
  readonly #calm: number;

  constructor(context: HttpContext) {
    this.#context = context;
    this.#epoch = context.progress.epoch;
    this.#calm = context.progress.calm;
  }

  /** All servers have been well from the sending of the batch until now. */
  get isCalm(): boolean {
    return this.#calm !== 0 && this.#calm === this.#context.progress.calm;
  }

  verified(bytes: number): void {
    this.#context.tally.verified++;
    this.#context.tally.verifiedBytes += bytes;
  }

  atHome(key: string, server: string): void {
    this.#context.homes.take(key, server, this.#epoch, this.#calm);
  }

  failed(kind: string, words = kind): void {
    this.#context.tally.takeError(kind, this.isCalm, words);
  }
}
