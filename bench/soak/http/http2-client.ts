import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import { connect as connectSocket } from "node:net";
import { patienceMs, within } from "../patience.ts";
import type { Random } from "../random.ts";
import { count } from "../soak-tally.ts";
import { ConnectionLost, WireReader } from "../wire-reader.ts";
import { Batch, type HttpContext } from "./batch.ts";
import { EchoExchange, type EchoRequest } from "./echo-exchange.ts";
import { FileExchange } from "./file-exchange.ts";
import type { HttpExchange } from "./http-exchange.ts";
import { AnswerSource, http2Head } from "./http1-form.ts";
import type { RequestMix } from "./request-mix.ts";

const mostBatches = 40;
const mostAtOnce = 12;
/** Answers of other clients that come before a slow client reads its own. */
const slowness = 200;
const { NGHTTP2_CANCEL } = constants;

/** A request and what goes with its head. */
interface Asked {
  readonly exchange: HttpExchange;
  readonly body: Buffer;
  /** Value of the trailer behind the body; or empty. */
  readonly tail: string;
  /** Whether a body follows, be it an empty one. */
  readonly hasBody: boolean;
}

/**
 * One client that speaks HTTP/2: connects, sends requests side by side, checks every answer, leaves (politely, or in the
 * middle of requests and answers), and comes back, until the run ends.
 */
export class Http2Client {
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
    const { port, progress, tally } = this.#context;
    const socket = connectSocket({ host: "127.0.0.1", port, noDelay: true });
    const session = connect(`http://127.0.0.1:${port}`, { createConnection: () => socket });
    const closed = once(session, "close");
    // Streams tell of errors, too; here, it would be an exception.
    session.on("error", () => undefined);
    closed.catch(() => undefined);
    session.setTimeout(patienceMs, () => {
      tally.takeWrong(`nothing for ${patienceMs} ms`);
      session.destroy();
    });
    tally.connects++;
    this.#mix.forget();
    for (let left = 1 + this.#random.below(mostBatches); left > 0 && !progress.stopped; left--) {
      if (session.closed || session.destroyed) break;
      await this.#batch(session);
    }
    if (!session.closed && !session.destroyed && this.#random.once(3)) await this.#leaveInTheMiddle(session);
    const gently = this.#random.once(2);
    if (gently) session.close();
    else session.destroy();
    await this.#waitFor(session, `end of a session that was ${gently ? "closed" : "destroyed"}`, closed);
    socket.destroy();
  }

  /** Waits for `event`, whose failure is told elsewhere; where it does not come, that is told, and the session given up. */
  async #waitFor(session: ClientHttp2Session, what: string, event: Promise<unknown>): Promise<void> {
    const settled = event.then(
      () => undefined,
      () => undefined,
    );
    try {
      await within(what, settled);
    } catch (error) {
      this.#context.tally.takeWrong((error as Error).message);
      session.destroy();
    }
  }

  /** Sends some requests side by side and reads all their answers; some of them it gives up. */
  async #batch(session: ClientHttp2Session): Promise<void> {
    const random = this.#random;
    const batch = new Batch(this.#context);
    if (random.once(400)) {
      await this.#take(session, batch, this.#asked(batch, this.#mix.longAnswer()), true);
      return;
    }
    const asked = this.#make(batch);
    const given = random.once(20) ? this.#make(batch) : [];
    const streams = given.map((one) => this.#send(session, one));
    const answered = asked.map((one) => this.#take(session, batch, one, false));
    for (const stream of streams) this.#giveUp(stream);
    await Promise.all(answered);
  }

  #make(batch: Batch): Asked[] {
    const random = this.#random;
    const count = random.once(3) ? 1 : 1 + random.below(mostAtOnce);
    return Array.from({ length: count }, () => {
      if (!random.once(8)) return this.#asked(batch, count > 1 ? this.#mix.plain() : this.#mix.single());
      const exchange = new FileExchange(batch, random);
      return { exchange, body: Buffer.alloc(0), tail: "", hasBody: false };
    });
  }

  #asked(batch: Batch, request: EchoRequest): Asked {
    const { body, tail, bytes, later } = request;
    return {
      exchange: new EchoExchange(batch, request),
      body,
      tail,
      hasBody: bytes.length + later.length > 1 && (body.length > 0 || tail !== ""),
    };
  }

  /** Opens a stream with a head. */
  #open(session: ClientHttp2Session, { exchange, hasBody }: Asked): ClientHttp2Stream {
    return session.request(http2Head(exchange.sent), { endStream: !hasBody, waitForTrailers: hasBody });
  }

  #finish(stream: ClientHttp2Stream, { body, tail }: Asked): void {
    stream.on("wantTrailers", () => {
      if (!stream.closed) stream.sendTrailers(tail === "" ? {} : { "x-tail": tail });
    });
    // Node aborts the process where a stream with trailers is closed while an empty write of it goes out
    // (nodejs/node issue 41458); podmate never writes nothing.
    if (body.length > 0) stream.end(body);
    else stream.end();
  }

  /** Sends a whole request whose answer nobody reads. */
  #send(session: ClientHttp2Session, asked: Asked): ClientHttp2Stream {
    const stream = this.#open(session, asked);
    stream.on("error", () => undefined);
    if (asked.hasBody) this.#finish(stream, asked);
    this.#context.tally.abandoned++;
    return stream;
  }

  /** At the next turn, for the same reason as `src/upstream/http2/cut-off.ts` waits. */
  #giveUp(stream: ClientHttp2Stream): void {
    setImmediate(() => stream.close(NGHTTP2_CANCEL));
  }

  async #take(session: ClientHttp2Session, batch: Batch, asked: Asked, slowly: boolean): Promise<void> {
    const { tally, progress } = this.#context;
    const { exchange, hasBody } = asked;
    const { method, kind, later } = exchange.sent;
    const stream = this.#open(session, asked);
    const reader = new WireReader(new AnswerSource(stream, method === "HEAD"));
    const closed = once(stream, "close");
    closed.catch(() => undefined);
    if (hasBody && later.length === 0) this.#finish(stream, asked);
    if (slowly) {
      stream.pause();
      await progress.after(slowness);
      stream.resume();
    }
    try {
      const answer = exchange.take(reader, () => hasBody && this.#finish(stream, asked));
      await within("answer", answer);
      count(tally.requests, `${kind}, HTTP/2`);
      // An answer may come before its request has ended, which is not needed any more then.
      if (!stream.writableEnded) this.#giveUp(stream);
      await this.#waitFor(session, `end of the stream of ${kind}`, closed);
      if (reader.hasMore) throw new Error("bytes that nobody asked for");
    } catch (error) {
      this.#takeEnd(error as Error, batch, exchange);
      this.#giveUp(stream);
    }
    progress.answered();
  }

  /** Only a server that fails in the middle of an answer may end a stream. */
  #takeEnd(error: Error, batch: Batch, exchange: HttpExchange): void {
    const { tally } = this.#context;
    if (error instanceof ConnectionLost && exchange.begun && !batch.isCalm) tally.cut++;
    else tally.takeWrong(`${exchange.sent.kind}, HTTP/2: ${error.message}`);
  }

  /** Sends requests, and goes when the first byte of a body has come, or one of them is over without, or at once. */
  async #leaveInTheMiddle(session: ClientHttp2Session): Promise<void> {
    const streams = this.#make(new Batch(this.#context)).map((asked) => this.#send(session, asked));
    const some = streams.flatMap((stream) => [once(stream, "data"), once(stream, "close")]);
    const first = Promise.race(some).catch(() => undefined);
    // Those behind the first may fail with nobody waiting for them any more.
    for (const one of some) one.catch(() => undefined);
    if (this.#random.once(2)) await this.#waitFor(session, "beginning of any answer", first);
    session.destroy();
  }
}
