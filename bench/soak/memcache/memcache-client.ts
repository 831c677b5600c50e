import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Progress } from "../progress.ts";
import type { Random } from "../random.ts";
import { count } from "../soak-tally.ts";
import { ConnectionLost, WireReader } from "../wire-reader.ts";
import type { CommandMix } from "./command-mix.ts";
import { Batch, type Exchange } from "./exchange.ts";
import type { MemcacheTally } from "./memcache-tally.ts";

const mostBatches = 300;
const depth = 16;
/** Answers of other clients that come before a slow client reads its own. */
const slowness = 200;
/** Far longer than any timeout of podmate: who waits this long has been forgotten. */
const patienceMs = 20_000;

/** What the clients of a soak share. */
export interface MemcacheContext {
  readonly port: number;
  readonly progress: Progress;
  readonly tally: MemcacheTally;
}

/**
 * One client: connects, sends single requests and pipelined ones, checks every answer, leaves (politely, or in the
 * middle of a request), and comes back, until the run ends.
 */
export class MemcacheClient {
  readonly #context: MemcacheContext;
  readonly #mix: CommandMix;
  readonly #random: Random;

  constructor(context: MemcacheContext, mix: CommandMix, random: Random) {
    this.#context = context;
    this.#mix = mix;
    this.#random = random;
  }

  /** Resolves once the run has ended and the last connection is closed. */
  async run(): Promise<void> {
    while (!this.#context.progress.stopped) await this.#visit();
  }

  /** One connection, from its beginning to its end. */
  async #visit(): Promise<void> {
    const { port, progress, tally } = this.#context;
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    const reader = new WireReader(socket);
    const closed = once(socket, "close");
    socket.setTimeout(patienceMs, () => {
      tally.takeWrong(`no answer within ${patienceMs} ms`);
      socket.destroy();
    });
    tally.connects++;
    let inStep = true;
    for (let left = 1 + this.#random.below(mostBatches); left > 0 && inStep && !progress.stopped; left--) {
      inStep = await this.#batch(socket, reader);
    }
    if (inStep && !progress.stopped && this.#random.once(3)) this.#leaveInTheMiddle(socket);
    else if (this.#random.once(2)) socket.end("quit\r\n");
    else socket.destroy();
    await closed;
  }

  /** Sends some requests at once and reads all their answers; resolves to false if the connection is of no more use. */
  async #batch(socket: Socket, reader: WireReader): Promise<boolean> {
    const { progress, tally } = this.#context;
    const slow = this.#random.once(400);
    const exchanges = this.#make(this.#random.once(4) ? depth : 1, slow);
    send(socket, exchanges);
    if (slow) {
      socket.pause();
      await progress.after(slowness);
      socket.resume();
    }
    let answered = 0;
    try {
      for (const exchange of exchanges) {
        await exchange.take(reader);
        count(tally.requests, exchange.command);
        answered++;
        progress.answered();
      }
      if (!reader.hasMore) return true;
      tally.takeWrong("bytes that nobody asked for");
    } catch (error) {
      this.#takeEnd(error as Error, exchanges[answered]!);
    }
    for (const exchange of exchanges.slice(answered)) exchange.abandon();
    socket.destroy();
    return false;
  }

  #make(requests: number, slow: boolean): Exchange[] {
    const batch = new Batch(this.#context.progress, this.#context.tally);
    return Array.from({ length: requests }, () =>
      slow ? this.#mix.longAnswer(batch) : this.#mix.next(batch),
    );
  }

  /** podmate closes a connection only where it can no longer say how long a value is that its server broke off. */
  #takeEnd(error: Error, exchange: Exchange): void {
    const { tally, progress } = this.#context;
    if (error instanceof ConnectionLost && error.inValue && progress.calm === 0) tally.cutInValue++;
    else tally.takeWrong(`${exchange.command}: ${error.message}`);
  }

  #leaveInTheMiddle(socket: Socket): void {
    const exchanges = this.#make(1 + this.#random.below(depth), false);
    const bytes = Buffer.concat(exchanges.flatMap(({ request }) => request.map((part) => Buffer.from(part))));
    socket.write(bytes.subarray(0, this.#random.below(bytes.length)), () => socket.destroy());
    socket.resume();
    for (const exchange of exchanges) exchange.abandon();
    this.#context.tally.abandoned += exchanges.length;
  }
}

function send(socket: Socket, exchanges: readonly Exchange[]): void {
  socket.cork();
  for (const { request } of exchanges) for (const part of request) socket.write(part);
  socket.uncork();
}
