import { once } from "node:events";
import { connect } from "node:net";
import { setImmediate } from "node:timers/promises";
import type { Random } from "../random.ts";
import { hostileBytes } from "./hostile-lines.ts";
import type { MemcacheContext } from "./memcache-client.ts";

const mostLines = 200;
/** Its keys: of the pool that all share, and of the one whose server lies. */
const prefixes = ["hostile:", "lie:"];
/** How long it waits for an end that does not come, in ms: podmate waits for the values that it owes. */
const patienceMs = 2_000;

/** A client that sends bytes near the protocol, reads whatever comes, leaves, and comes back until the run ends. */
export class HostileClient {
  readonly #context: MemcacheContext;
  readonly #random: Random;

  constructor(context: MemcacheContext, random: Random) {
    this.#context = context;
    this.#random = random;
  }

  /** Resolves once the run has ended and the last connection is closed. */
  async run(): Promise<void> {
    while (!this.#context.progress.stopped) await this.#visit();
  }

  async #visit(): Promise<void> {
    const { port, progress, tally } = this.#context;
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    const closed = once(socket, "close");
    socket.on("error", () => undefined);
    socket.setTimeout(patienceMs, () => socket.destroy());
    socket.resume();
    for (
      let left = this.#random.below(mostLines);
      left > 0 && !progress.stopped && !socket.destroyed;
      left--
    ) {
      const bytes = hostileBytes(this.#random, this.#random.pick(prefixes));
      tally.hostileLines++;
      if (!socket.write(bytes)) await Promise.race([once(socket, "drain"), closed]);
      await setImmediate();
    }
    if (this.#random.once(2)) socket.end();
    else socket.destroy();
    await closed;
  }
}
