import type { Progress } from "../progress.ts";
import type { HttpTally } from "./http-tally.ts";

/** Which server keys belong to. It may change with a fault or a reload, and must not at other times. */
export class Homes {
  readonly #progress: Progress;
  readonly #tally: HttpTally;
  readonly #homes = new Map<string, { server: string; epoch: number; calm: number }>();

  constructor(progress: Progress, tally: HttpTally) {
    this.#progress = progress;
    this.#tally = tally;
  }

  /** Takes the server's name from an answer to a request that was sent in this epoch and calm. */
  take(key: string, server: string, epoch: number, calm: number): void {
    const { epoch: epochNow, calm: calmNow } = this.#progress;
    if (calm === 0 || epoch % 2 === 1 || calm !== calmNow || epoch !== epochNow) return;
    const known = this.#homes.get(key);
    if (known === undefined || known.epoch !== epoch || known.calm !== calm) {
      this.#homes.set(key, { server, epoch, calm });
    } else if (known.server === server) this.#tally.atHome++;
    else this.#tally.takeWrong(`${key} was answered by ${server} and belongs to ${known.server}`);
  }
}
