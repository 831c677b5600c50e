import type { ServerHttp2Stream } from "node:http2";
import { ByteQueue } from "../../core/byte-queue.ts";
import { SocketWriter } from "../../core/socket-writer.ts";
import type { TurnClock } from "../../core/turn-clock.ts";
import type { HeadProblem } from "../../http1/head-problem.ts";
import { parsed } from "../../http1/parsed.ts";
import { method } from "../../http1/request-method.ts";
import {
  type HttpClientError,
  httpClientError,
  type OwnStatus,
  ownStatus,
} from "../../observe/http-metric-labels.ts";
import { HTTP_LISTENER } from "../../observe/metric-layout.ts";
import { cutOff } from "../../upstream/http2/cut-off.ts";
import { errorCode } from "../../upstream/http2/error-code.ts";
import { fieldLines, joinedValue } from "../../upstream/http2/field-lines.ts";
import type { Downstream } from "../http/downstream.ts";
import { HttpExchange } from "../http/http-exchange.ts";
import type { ForwardedOptions } from "../http/http-listener-options.ts";
import type { HttpSessionHost } from "../http/http-session-host.ts";
import { type OwnAnswer, type OwnAnswerOptions, ownAnswer, ownAnswers } from "../http/own-answer.ts";
import { problemErrors } from "../http/problem-errors.ts";
import type { ViaLines } from "../http/response-writer.ts";
import { AnswerTarget } from "./answer-target.ts";
import { grpcError, isGrpc } from "./grpc-status.ts";
import type { Http2Session } from "./http2-session.ts";
import { hasKnownScheme, requestHead } from "./request-head.ts";
import { streamRefusals } from "./stream-refusals.ts";

/** How long a client may go on sending a request that has been answered, in ms. */
const linger = 1_000;

/** Bytes of a block that nobody looks at: what the connection has written is counted on its socket. */
const uncounted = new Float64Array(HTTP_LISTENER.writtenBytes + 1);

/**
 * One request of a client that speaks HTTP/2.
 *
 *     stream → requestHead, onData → exchange.begin, exchange.onRequestBody → (upstream)
 *     stream ← target ← writer     ← exchange.onHead, onBody
 */
export class ClientStream implements Downstream {
  readonly host: HttpSessionHost;
  readonly turn: TurnClock;
  readonly secure: boolean;
  readonly isHttp2 = true;
  readonly writer: SocketWriter;
  readonly client: Buffer;
  readonly clientLines: Buffer;
  readonly viaLines: ViaLines;
  readonly forwarded: ForwardedOptions;
  private readonly session: Http2Session;
  private readonly stream: ServerHttp2Stream;
  private readonly exchange: HttpExchange;
  private readonly target: AnswerTarget;
  /** Of the request's body, what the exchange has not taken yet. */
  private readonly input = new ByteQueue();
  private chunked = false;
  private isGrpc = false;
  private trailerLines = "";
  private processing = false;
  private reading = true;
  /** All of the request has come. */
  private inputEnded = false;
  /** Everything is said, and may still wait to be taken. */
  private ending = false;
  private closed = false;
  /** When bytes last came or went, in ms. */
  private lastActive: number;
  /** Bytes of the answer that had gone at the last look, and since when it has been so many; 0: nothing waits to go. */
  private taken = 0;
  private stalledSince = 0;

  constructor(session: Http2Session, stream: ServerHttp2Stream) {
    const { host } = session;
    this.session = session;
    this.stream = stream;
    this.host = host;
    this.turn = host.turn;
    this.secure = session.secure;
    this.client = session.client;
    this.clientLines = session.clientLines;
    this.viaLines = session.viaLines;
    this.forwarded = session.forwarded;
    this.lastActive = host.turn.now;
    this.exchange = new HttpExchange(this);
    this.target = new AnswerTarget(stream, () => this.reset());
    this.writer = new SocketWriter(uncounted, HTTP_LISTENER.writtenBytes);
    this.writer.open(this.target);
    this.writer.onDrain = () => this.onDrain();
    stream.on("error", () => {});
    stream.on("aborted", () => this.abandon());
    stream.on("close", () => {
      this.abandon();
      session.streamEnded(this);
    });
  }

  /** Takes the request that `raw` is the head of; `ends`: nothing follows it. */
  begin(raw: readonly string[], ends: boolean): void {
    this.isGrpc = isGrpc(raw);
    this.inputEnded = ends;
    const name = joinedValue(raw, ":method", " ");
    if (name === "HEAD") this.target.method = method.HEAD;
    // Before anything can end the stream: what is not read keeps it open.
    if (ends) this.stream.resume();
    else this.readBody();
    if (name === "CONNECT") this.refuse(streamRefusals.connect);
    else this.route(raw, ends);
  }

  get leaving(): boolean {
    return this.session.leaving;
  }

  get requests(): number {
    return this.session.requests;
  }

  get room(): number {
    return this.session.room;
  }

  get isClogged(): boolean {
    return this.writer.isFull(this.session.room);
  }

  /** Bytes held for this request. */
  get buffered(): number {
    return this.input.buffer.length + this.writer.held + this.exchange.buffered + this.unread;
  }

  /** Bytes of the request that node:http2 keeps because nobody has read them yet: not more than a window. */
  get unread(): number {
    return this.stream.readableLength;
  }

  /** Bytes of the answer that wait for the client. */
  get unsent(): number {
    return this.writer.unsent;
  }

  proceed(): void {
    if (this.closed || this.processing) return;
    this.process();
    this.regulate();
  }

  exchangeEnded(): void {
    this.end();
  }

  answer(code: OwnAnswer, connection: OwnAnswerOptions["connection"], withBody: boolean): void {
    const { status, title } = ownAnswers[code];
    this.say(status, code, title, { connection, withBody });
  }

  count(kind: HttpClientError): void {
    this.host.block[HTTP_LISTENER.errors + httpClientError[kind]]! += 1;
  }

  end(): void {
    this.ending = true;
    this.input.clear();
    this.finishWhenSaid();
  }

  reset(): void {
    this.close();
  }

  endTunnel(): void {
    this.end();
  }

  /** The client has given the request up, or its connection is no more. */
  abandon(): void {
    if (this.closed) return;
    this.turn.read();
    if (this.exchange.active) {
      this.count("client_gone");
      this.session.countAbort();
    }
    this.close();
  }

  /** Ends the stream at once, so that what is not complete does not look so. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.exchange.abandon();
    this.input.clear();
    this.writer.close();
    this.target.dispose();
    cutOff(this.stream);
  }

  /** Looks whether the client keeps anybody waiting for too long. */
  checkTime(now: number): void {
    const { body_timeout } = this.host.options;
    if (this.closed && !this.inputEnded && now - this.lastActive >= linger) this.stream.close(errorCode.none);
    if (body_timeout === 0 || this.closed) return;
    if (this.isStalled(now, body_timeout)) {
      this.count("client_too_slow");
      this.close();
      return;
    }
    const owes = this.exchange.active && this.exchange.owesBody && this.reading && !this.inputEnded;
    if (owes && now - this.lastActive >= body_timeout) this.exchange.bodyTimedOut();
  }

  /** Whether nothing of what waits for the client has gone for so long: pieces of an answer go whole (`SocketWriter`). */
  private isStalled(now: number, timeout: number): boolean {
    const { written, unsent } = this.writer;
    const taken = written - unsent;
    if (unsent === 0) this.stalledSince = 0;
    else if (this.stalledSince === 0 || taken !== this.taken) this.stalledSince = now;
    this.taken = taken;
    return this.stalledSince > 0 && now - this.stalledSince >= timeout;
  }

  private readBody(): void {
    const { stream } = this;
    stream.on("data", (bytes: Buffer) => this.onData(bytes));
    stream.on("trailers", (_, __, raw) => this.onTrailers(raw as unknown as string[]));
    stream.on("end", () => this.onEnd());
  }

  private route(raw: readonly string[], ends: boolean): void {
    if (!hasKnownScheme(raw)) {
      this.refuse(streamRefusals.unsupportedScheme);
      return;
    }
    const head = requestHead(raw, ends);
    if (head === null) {
      this.refuse(streamRefusals.malformed);
      return;
    }
    const { parser, options } = this.host;
    parser.limits = options.limits;
    if (parser.parse(head.bytes, 0, head.bytes.length) !== parsed.complete) {
      this.refuse(parser.problem ?? streamRefusals.malformed);
      return;
    }
    this.chunked = head.chunked;
    this.target.method = parser.method;
    this.exchange.begin(parser, head.bytes);
  }

  private onData(bytes: Buffer): void {
    this.turn.read();
    if (this.closed || this.ending) return;
    this.lastActive = this.turn.now;
    const { input } = this;
    if (this.chunked) {
      input.appendLatin1(`${bytes.length.toString(16)}\r\n`);
      input.append(bytes, 0, bytes.length);
      input.appendLatin1("\r\n");
    } else input.append(bytes, 0, bytes.length);
    this.proceed();
  }

  private onTrailers(raw: readonly string[]): void {
    const lines = fieldLines(raw);
    if (lines === null) this.close();
    else this.trailerLines = lines;
  }

  private onEnd(): void {
    this.turn.read();
    this.inputEnded = true;
    if (this.closed || this.ending || (this.stream.rstCode ?? 0) !== 0) return;
    // Trailers have no place behind content of a known length.
    if (this.chunked) this.input.appendLatin1(`0\r\n${this.trailerLines}\r\n`);
    this.proceed();
  }

  /** Gives the exchange what has come of the body, as far as it wants it. */
  private process(): void {
    const { input, exchange } = this;
    this.processing = true;
    let at = 0;
    while (at < input.length && exchange.active && !this.closed) {
      const next = exchange.onRequestBody(input.buffer, at, input.length);
      if (next === at) break;
      at = next;
    }
    this.processing = false;
    if (this.closed || this.ending) input.clear();
    else input.consume(at);
  }

  /** Reads from the client while there is room for what it sends. */
  private regulate(): void {
    if (this.closed) return;
    const { exchange, input } = this;
    const { room } = this.session;
    const wanted = this.ending || !exchange.active || (input.length <= room && !exchange.isBlocked);
    if (wanted === this.reading) return;
    this.reading = wanted;
    this.lastActive = this.turn.now;
    if (wanted) this.stream.resume();
    else this.stream.pause();
  }

  private onDrain(): void {
    this.lastActive = this.turn.now;
    if (this.closed) return;
    if (this.ending) {
      this.finishWhenSaid();
      return;
    }
    if (this.exchange.active) this.exchange.onClientTook();
    this.proceed();
  }

  private finishWhenSaid(): void {
    if (this.closed || this.exchange.active) return;
    this.writer.flush();
    if (this.writer.backlog > 0) return;
    // What is not complete must not look so.
    if (this.target.isIncomplete) this.close();
    else this.leave();
  }

  /**
   * The answer is complete and on its way. What the client goes on sending is dropped, and it is told to stop only after a
   * while (RFC 9113 8.1): there are clients that forget the answer when they hear that.
   */
  private leave(): void {
    this.closed = true;
    this.lastActive = this.turn.now;
    this.writer.close();
    this.input.clear();
    this.target.dispose();
    this.stream.resume();
  }

  /** What came is no request that can be answered in any other way. */
  private refuse({ status, code, reason }: Pick<HeadProblem, "status" | "code" | "reason">): void {
    this.count(problemErrors[status]);
    this.say(status, code, reason, { connection: null, withBody: this.target.method !== method.HEAD });
    this.end();
  }

  private say(status: OwnStatus, code: string, title: string, options: OwnAnswerOptions): void {
    this.host.block[HTTP_LISTENER.ownAnswers + ownStatus[status]]! += 1;
    if (this.isGrpc && !this.stream.destroyed && !this.stream.closed) {
      this.stream.respond(grpcError(status, code.replaceAll("_", "-"), title), { endStream: true });
      this.target.dispose();
    } else {
      const text = ownAnswer(status, code, title, { ...options, date: this.turn.clock.wall() });
      this.writer.appendLatin1(text);
    }
  }
}
