import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { patienceMs, within } from "../patience.ts";
import type { Random } from "../random.ts";
import { count } from "../soak-tally.ts";
import { ConnectionLost, WireReader } from "../wire-reader.ts";
import { BodyCheck, readBody } from "./answer-body.ts";
import { Batch, clientIdleMs, type HttpContext } from "./batch.ts";
import { EchoExchange } from "./echo-exchange.ts";
import { bodyOf } from "./echo-rules.ts";
import { FileExchange } from "./file-exchange.ts";
import type { HttpExchange } from "./http-exchange.ts";
import { RefusedExchange } from "./refused-exchange.ts";
import type { RequestMix } from "./request-mix.ts";

const mostBatches = 60;
const mostPipelined = 6;
const longestTunnel = 300_000;
/** Larger than what goes through any tunnel: the server waits for the client to end it. */
const clientEnds = 1e12;
/** Answers of other clients that come before a slow client reads its own. */
const slowness = 200;
/** By so much a request may have been sent before the client could know that podmate had closed, in ms. */
const crossing = 500;

/** A visit of a client is its connection, from its beginning to its end. */
class Visit {
  readonly socket: Socket;
  readonly reader: WireReader;
  readonly closed: Promise<unknown>;
  #sentAt = Number.NaN;
  #pauseMs = Number.NaN;

  constructor(port: number) {
    this.socket = connect({ host: "127.0.0.1", port, noDelay: true });
    this.reader = new WireReader(this.socket);
    this.closed = once(this.socket, "close");
    // An error is told by the reader; here, it would be an exception.
    this.closed.catch(() => undefined);
  }

  send(exchanges: readonly HttpExchange[]): void {
    const now = performance.now();
    this.#pauseMs = now - this.#sentAt;
    this.#sentAt = now;
    write(this.socket, exchanges);
  }

  /** What was sent last may have found the connection closed: podmate may have taken the client for idle since. */
  get mayHaveBeenIdle(): boolean {
    return this.#pauseMs >= clientIdleMs - crossing;
  }
}

/**
 * One client: connects, sends single requests and pipelined ones, checks every answer, leaves (politely, or in the
 * middle of a request or of an answer), and comes back, until the run ends.
 */
export class HttpClient {
  readonly #context: HttpContext;
  readonly #mix: RequestMix;
  readonly #random: Random;

  constructor(context: HttpContext, mix: RequestMix, random: Random) {
    this.#context = context;
    this.#mix = mix;
    this.#random = random;
  }

  /** Resolves once the run has ended and the last connection is closed. */
  async run(): Promise<void> {
    while (!this.#context.progress.stopped) await this.#visit();
  }

  async #visit(): Promise<void> {
    const { port, progress, tally, tunnels } = this.#context;
    const visit = new Visit(port);
    const { socket } = visit;
    socket.setTimeout(patienceMs, () => {
      tally.takeWrong(`nothing for ${patienceMs} ms`);
      socket.destroy();
    });
    tally.connects++;
    this.#mix.forget();
    let good = true;
    for (let left = 1 + this.#random.below(mostBatches); left > 0 && good && !progress.stopped; left--) {
      good = await this.#batch(visit);
    }
    if (good && !progress.stopped && this.#random.once(3)) await this.#leaveInTheMiddle(visit);
    else if (good && tunnels && this.#random.once(8)) await this.#tunnel(visit);
    if (this.#random.once(2)) socket.end();
    else socket.destroy();
    await within(
      "end of a connection",
      visit.closed.catch(() => undefined),
      2 * patienceMs,
    );
  }

  /** Sends some requests at once and reads all their answers; resolves to whether the connection is of more use. */
  async #batch(visit: Visit): Promise<boolean> {
    const { progress } = this.#context;
    const random = this.#random;
    const batch = new Batch(this.#context);
    const slow = random.once(400);
    const exchanges = slow ? [this.#slow(batch)] : this.#make(batch);
    visit.send(exchanges);
    if (slow) {
      visit.socket.pause();
      await progress.after(slowness);
      visit.socket.resume();
    }
    return this.#take(visit, batch, exchanges);
  }

  #slow(batch: Batch): HttpExchange {
    return new EchoExchange(batch, this.#mix.longAnswer());
  }

  /** One request, or some that can be pipelined. */
  #make(batch: Batch): HttpExchange[] {
    const random = this.#random;
    const count = random.once(4) ? 2 + random.below(mostPipelined - 1) : 1;
    if (count === 1 && random.once(100)) return [new RefusedExchange(batch, random)];
    return Array.from({ length: count }, () => {
      if (random.once(8)) return new FileExchange(batch, random);
      return new EchoExchange(batch, count > 1 ? this.#mix.plain() : this.#mix.single());
    });
  }

  async #take(visit: Visit, batch: Batch, exchanges: readonly HttpExchange[]): Promise<boolean> {
    const { tally, progress } = this.#context;
    const { socket, reader } = visit;
    let answered = 0;
    let good = true;
    try {
      while (good && answered < exchanges.length) {
        const exchange = exchanges[answered]!;
        good = await exchange.take(reader, () => writeAll(socket, exchange.sent.later));
        count(tally.requests, exchange.sent.kind);
        answered++;
        progress.answered();
      }
      if (reader.hasMore) throw new Error("bytes that nobody asked for");
    } catch (error) {
      const foundIdle = answered === 0 && visit.mayHaveBeenIdle;
      this.#takeEnd(error as Error, foundIdle, batch, exchanges[answered]);
      good = false;
      // It is over, too.
      progress.answered();
    }
    tally.abandoned += exchanges.length - answered;
    return good;
  }

  /** Only a server that fails in the middle of an answer may end a connection, or podmate one that was idle for its time. */
  #takeEnd(error: Error, foundIdle: boolean, batch: Batch, exchange: HttpExchange | undefined): void {
    const { tally } = this.#context;
    const lost = error instanceof ConnectionLost ? error : null;
    if (lost && exchange?.begun === true && !batch.isCalm) tally.cut++;
    else if (lost?.isClean && exchange?.begun === false && foundIdle) tally.idled++;
    else {
      const when = exchange?.begun ? "in an answer" : "before an answer";
      const while_ = batch.isCalm ? ", all servers well" : "";
      tally.takeWrong(`${exchange?.sent.kind ?? "after the last answer"}: ${error.message} ${when}${while_}`);
    }
  }

  /** A connection that carries other bytes than HTTP, which come back; either side ends it. */
  async #tunnel(visit: Visit): Promise<void> {
    const batch = new Batch(this.#context);
    const size = 1 + this.#random.below(longestTunnel);
    const serverEnds = this.#random.once(2);
    const exchange = new EchoExchange(batch, this.#mix.tunnel(serverEnds ? size : clientEnds));
    visit.send([exchange]);
    await this.#take(visit, batch, [exchange]);
    if (!exchange.good) return;
    await this.#echo(visit, batch, bodyOf(this.#random.below(1e6), size), serverEnds);
  }

  async #echo({ socket, reader }: Visit, batch: Batch, bytes: Buffer, serverEnds: boolean): Promise<void> {
    const { tally } = this.#context;
    const check = new BodyCheck(bytes);
    socket.write(bytes);
    try {
      await readBody(reader, { by: "length", length: bytes.length }, check);
      if (!serverEnds) socket.end();
      await readBody(reader, { by: "close" }, check);
      check.end();
      batch.verified(bytes.length);
    } catch (error) {
      if (error instanceof ConnectionLost && !batch.isCalm) tally.cut++;
      else tally.takeWrong(`in a tunnel: ${(error as Error).message}`);
    }
  }

  /** Sends a part of some requests, or all of them and reads a part of the answers; the rest is nobody's. */
  async #leaveInTheMiddle({ socket, reader }: Visit): Promise<void> {
    const exchanges = this.#make(new Batch(this.#context));
    this.#context.tally.abandoned += exchanges.length;
    const parts = exchanges.flatMap(({ sent }) => [...sent.bytes, ...sent.later]);
    const bytes = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
    if (this.#random.once(2)) {
      await new Promise((done) => socket.write(bytes.subarray(0, this.#random.below(bytes.length)), done));
      return;
    }
    write(socket, exchanges);
    await reader.some(1).catch(() => undefined);
  }
}

function write(socket: Socket, exchanges: readonly HttpExchange[]): void {
  writeAll(
    socket,
    exchanges.flatMap(({ sent }) => sent.bytes),
  );
}

function writeAll(socket: Socket, parts: readonly (string | Buffer)[]): void {
  socket.cork();
  for (const part of parts) socket.write(part);
  socket.uncork();
}
