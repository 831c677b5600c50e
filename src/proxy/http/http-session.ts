import type { TLSSocket } from "node:tls";
import { ByteQueue } from "../../core/byte-queue.ts";
import { handBack } from "../../core/byte-socket.ts";
import type { ByteStream } from "../../core/byte-stream.ts";
import { closeGently } from "../../core/close-gently.ts";
import { nextSerial, type OpenConnection } from "../../core/open-connection.ts";
import { SocketWriter } from "../../core/socket-writer.ts";
import { StallWatch } from "../../core/stall-watch.ts";
import type { TurnClock } from "../../core/turn-clock.ts";
import type { HeadProblem } from "../../http1/head-problem.ts";
import { parsed } from "../../http1/parsed.ts";
import {
  type HttpClientError,
  httpClientError,
  type OwnStatus,
  ownStatus,
} from "../../observe/http-metric-labels.ts";
import { HTTP_LISTENER } from "../../observe/metric-layout.ts";
import { Http2Session } from "../http2/http2-session.ts";
import { isPreface } from "../http2/preface.ts";
import type { Downstream, HttpClient } from "./downstream.ts";
import { hasGivenUp } from "./half-close.ts";
import { HeadScan } from "./head-scan.ts";
import { HttpExchange } from "./http-exchange.ts";
import type { ForwardedOptions } from "./http-listener-options.ts";
import type { HttpSessionHost } from "./http-session-host.ts";
import { type OwnAnswer, type OwnAnswerOptions, ownAnswer, ownAnswers } from "./own-answer.ts";
import { problemErrors } from "./problem-errors.ts";
import { clientLines } from "./request-writer.ts";
import { type ViaLines, viaLines } from "./response-writer.ts";

/**
 * One client.
 *
 *     socket → onBytes → process → exchange.begin, exchange.onRequestBody → (upstream)
 *     socket ← writer  ← exchange.onHead, onBody
 *
 * It has one request at a time: what a client sends ahead waits in `input`, up to a bound, and is read on so that its going
 * away is noticed.
 */
export class HttpSession implements Downstream, HttpClient, OpenConnection {
  readonly host: HttpSessionHost;
  readonly turn: TurnClock;
  readonly socket: ByteStream;
  readonly serial = nextSerial();
  readonly openedAt: number;
  readonly secure: boolean;
  readonly isHttp2 = false;
  readonly writer: SocketWriter;
  /** The client's address as text, and the lines about it that servers get. */
  readonly client: Buffer;
  readonly clientLines: Buffer;
  readonly viaLines: ViaLines;
  readonly forwarded: ForwardedOptions;
  /** The client is gone, or cut off. */
  closed = false;
  /** When bytes last came, in ms. */
  lastHeard: number;
  /** It is to leave when it is answered. */
  leaving = false;
  /** Requests that have begun. */
  requests = 0;
  private readonly exchange: HttpExchange;
  private readonly input = new ByteQueue();
  private readonly headScan = new HeadScan();
  /** When the first byte of the head came that is in `input`; or the client, or its last request ended. */
  private since: number;
  private processing = false;
  private reading = true;
  /** The client has said that it sends no more, and all of that has come. */
  private heardOut = false;
  /** Nothing more is read: the last answer is on its way. */
  private ending = false;
  private halfClosed = false;
  /** The other side of a tunnel is closed. */
  private serverHasEnded = false;
  private readonly stall = new StallWatch();

  constructor(host: HttpSessionHost, socket: ByteStream, secure: boolean) {
    this.host = host;
    this.turn = host.turn;
    this.socket = socket;
    this.secure = secure;
    this.lastHeard = this.since = this.openedAt = host.turn.now;
    const address = socket.remoteAddress?.replace(/^::ffff:/, "") ?? "";
    this.client = Buffer.from(address, "latin1");
    this.forwarded = host.options.forwarded;
    this.clientLines = clientLines(this.forwarded, address, secure, false);
    this.viaLines = viaLines(this.forwarded.via);
    this.exchange = new HttpExchange(this);
    this.writer = new SocketWriter(host.block, HTTP_LISTENER.writtenBytes);
    this.writer.open(socket);
    this.writer.onDrain = () => this.onDrain();
    socket.on("error", () => this.gone());
    socket.on("close", () => this.gone());
    socket.on("end", () => this.hungUp());
  }

  /** Bytes from the client; valid during the call only. */
  onBytes(bytes: Buffer, length: number): void {
    this.lastHeard = this.turn.read();
    this.host.block[HTTP_LISTENER.readBytes]! += length;
    if (this.ending || this.closed) return;
    if (this.input.length > 0) {
      this.input.append(bytes, 0, length);
      this.processInput();
    } else {
      const used = this.process(bytes, 0, length);
      if (used < length && !this.closed) this.input.append(bytes, used, length);
    }
    if (this.input.length > 0) this.host.stalled.grown();
    if (!this.closed) this.regulate();
  }

  /** Goes on where something had stopped it, or finishes. */
  proceed(): void {
    if (this.closed || this.processing) return;
    if (this.input.length > 0) this.processInput();
    if (this.halfClosed) this.endOfClient();
    if (this.closed) return;
    this.regulate();
    if (!this.exchange.active && (this.ending || this.mayLeave)) this.finishWhenSaid();
  }

  /** The exchange is over; `close`: so is the connection, once all is said. */
  exchangeEnded(close: boolean): void {
    this.since = this.turn.now;
    const { persistence, requestBody } = this.exchange;
    this.heardOut = persistence.clientIsDone && requestBody.done && this.input.length === 0;
    if (close) this.end();
    else this.proceed();
  }

  /** Answers the request at hand with an error of podmate's own. */
  answer(code: OwnAnswer, connection: OwnAnswerOptions["connection"], withBody = true): void {
    const { status, title } = ownAnswers[code];
    this.say(status, code, title, { connection, withBody });
  }

  count(kind: HttpClientError): void {
    this.host.block[HTTP_LISTENER.errors + httpClientError[kind]]! += 1;
  }

  /** Reads no more; closes when what is said has been taken. */
  end(): void {
    this.ending = true;
    this.input.clear();
    this.finishWhenSaid();
  }

  /** Closes as soon as the request at hand, or of which a part has come, is answered; at once if there is none. */
  leave(): void {
    this.leaving = true;
    this.proceed();
  }

  /** The server's side of a tunnel has closed. */
  endTunnel(): void {
    this.serverHasEnded = true;
    this.writer.flush();
    if (this.writer.backlog === 0) this.socket.end();
  }

  /** Cuts the client off, so that it cannot take what it has for a whole answer. */
  reset(): void {
    if (this.closed) return;
    // The head may still wait for the end of the turn: without it, the client would not even know that there was an answer.
    this.writer.flush();
    // Only TCP knows a reset; TLS tells by the missing close_notify.
    if (this.isTcp) this.socket.resetAndDestroy();
    this.close();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.exchange.abandon();
    this.input.clear();
    this.writer.close();
    this.socket.destroy();
    this.host.closed(this);
  }

  /** Bytes held for this client. */
  get buffered(): number {
    return this.input.buffer.length + this.writer.held + this.exchange.buffered;
  }

  get stalledBytes(): number {
    if (this.stall.takesNothing(this.writer)) return this.buffered;
    return this.owesHead ? this.input.buffer.length : 0;
  }

  get stalledSince(): number {
    return this.stall.takesNothing(this.writer) ? this.stall.stalledSince : this.since;
  }

  endStalled(): void {
    if (this.stall.takesNothing(this.writer)) {
      this.count("client_too_slow");
      this.reset();
    } else this.headTimedOut();
  }

  /** A part of a head has come, and the client is free to send the rest. */
  private get owesHead(): boolean {
    return this.input.length > 0 && !this.exchange.active && !this.ending && !this.heldBack;
  }

  /** Looks whether the client keeps anybody waiting for too long; to be called about once a second. */
  checkTime(now: number): void {
    const { head_timeout, body_timeout, idle_timeout } = this.host.options;
    const { exchange } = this;
    const stalled = this.stall.look(this.writer, this.socket, now);
    if (body_timeout > 0 && stalled >= body_timeout) {
      this.count("client_too_slow");
      this.reset();
    } else if (exchange.active) {
      const owes = exchange.owesBody && this.reading;
      if (owes && body_timeout > 0 && now - this.lastHeard >= body_timeout) exchange.bodyTimedOut();
    } else if (this.ending || this.isClogged) {
      return;
    } else if (this.host.paused || this.writer.backlog > 0) {
      // The time that the client may take begins when it is free to: not held back, nor busy with an answer.
      this.since = now;
    } else if (this.input.length > 0 || this.requests === 0) {
      if (head_timeout > 0 && now - this.since >= head_timeout) this.headTimedOut();
    } else if (idle_timeout > 0 && now - this.since >= idle_timeout) {
      this.count("idle");
      this.end();
    }
  }

  private headTimedOut(): void {
    this.count("head_timeout");
    // Who has not said a word is not waiting for one.
    if (this.input.length > 0) this.answer("head-timeout", "close");
    this.end();
  }

  private processInput(): void {
    const { input, exchange } = this;
    if (!exchange.active && !this.headScan.isWorthParsing(input, this.host.options.limits.head)) return;
    const used = this.process(input.buffer, 0, input.length);
    if (this.closed) return;
    input.consume(used);
    this.headScan.reset();
  }

  /** The client sends no more: ends its side of a tunnel once all has gone on, and drops what cannot become whole. */
  private endOfClient(): void {
    const { exchange, input } = this;
    if (exchange.isTunnel) {
      if (input.length === 0) exchange.clientEnded();
    } else if (!exchange.active) {
      if (!this.heldBack) this.end();
    } else if (exchange.owesBody && (input.length === 0 || !exchange.isBlocked)) this.gone();
  }

  /** What is in bytes[start, end) goes its way; returns where an incomplete or not yet wanted part begins. */
  private process(bytes: Buffer, start: number, end: number): number {
    const { exchange } = this;
    this.processing = true;
    let at = start;
    while (at < end && !this.ending && !this.closed) {
      if (exchange.active) {
        const next = exchange.onRequestBody(bytes, at, end);
        if (next === at) break;
        at = next;
      } else {
        if (this.host.paused || this.isClogged) break;
        const next = this.readHead(bytes, at, end);
        if (next < 0) {
          if (this.input.length === 0) this.since = this.turn.now;
          break;
        }
        at = next;
      }
    }
    this.processing = false;
    return this.ending || this.closed ? end : at;
  }

  /** Begins an exchange; returns where its head ends, or -1 if it is not complete. */
  private readHead(bytes: Buffer, at: number, end: number): number {
    const { parser, options } = this.host;
    parser.limits = options.limits;
    const result = parser.parse(bytes, at, end);
    if (result === parsed.incomplete) return -1;
    if (result === parsed.refused) {
      if (this.startsHttp2(bytes, at, end)) this.handOver(bytes, at, end);
      else this.refuse(parser.problem!);
      return end;
    }
    this.requests++;
    const { headEnd } = parser;
    this.exchange.begin(parser, bytes);
    return headEnd;
  }

  /** Whether the client speaks HTTP/2 from its first byte on, and may. */
  private startsHttp2(bytes: Buffer, at: number, end: number): boolean {
    if (this.secure && (this.socket as unknown as TLSSocket).alpnProtocol !== "h2") return false;
    return this.host.options.http2 && this.requests === 0 && isPreface(bytes, at, end);
  }

  /** The rest is for somebody else. */
  private handOver(bytes: Buffer, at: number, end: number): void {
    const { host, socket } = this;
    this.closed = true;
    this.writer.close();
    const successor = new Http2Session(host, handBack(socket, bytes.subarray(at, end)), this.secure);
    this.input.clear();
    host.replaced(this, successor);
    if (this.leaving) successor.leave();
  }

  /** What came is no request that can be answered in any other way. */
  private refuse({ status, code, reason }: HeadProblem): void {
    this.count(problemErrors[status]);
    this.say(status, code, reason, { connection: "close", withBody: true });
    this.end();
  }

  private say(status: OwnStatus, code: string, title: string, options: OwnAnswerOptions): void {
    this.host.block[HTTP_LISTENER.ownAnswers + ownStatus[status]]! += 1;
    this.writer.appendLatin1(ownAnswer(status, code, title, { ...options, date: this.turn.clock.wall() }));
  }

  private onDrain(): void {
    if (this.serverHasEnded) this.socket.end();
    else if (this.exchange.active) this.exchange.onClientTook();
    this.proceed();
  }

  /** The client has so much to take that it gets nothing more before it has. */
  get isClogged(): boolean {
    return this.writer.isFull(this.room);
  }

  get room(): number {
    return this.host.options.limits.buffer;
  }

  /** The client has closed its side: of a tunnel, that is half of it; right behind its request, it waits for the answer. */
  private hungUp(): void {
    const { exchange } = this;
    const silence = this.turn.read() - this.lastHeard;
    this.halfClosed = true;
    if (exchange.active && !exchange.isTunnel && hasGivenUp(silence)) this.gone();
    else this.proceed();
  }

  private gone(): void {
    if (this.closed) return;
    if (this.exchange.active && !this.exchange.isTunnel) this.count("client_gone");
    this.close();
  }

  private finishWhenSaid(): void {
    if (this.closed || this.exchange.active) return;
    this.writer.flush();
    if (this.writer.backlog === 0) this.finish();
  }

  /** Everything is said. */
  private finish(): void {
    this.closed = true;
    this.input.clear();
    this.host.closed(this);
    closeGently(this.socket, this.turn.clock, this.halfClosed || this.heardOut);
  }

  /** Reads from the client while there is room for what it sends. */
  private regulate(): void {
    const { exchange, input } = this;
    const { buffer } = this.host.options.limits;
    const wanted =
      this.ending || (input.length < buffer && !(exchange.active && exchange.isBlocked) && !this.heldBack);
    if (wanted === this.reading) return;
    this.reading = wanted;
    if (wanted) {
      this.lastHeard = this.turn.now;
      this.socket.resume();
    } else this.socket.pause();
  }

  /** New requests are not wanted now. */
  private get heldBack(): boolean {
    return !this.exchange.active && (this.host.paused || this.isClogged);
  }

  /** It is to leave, and no part of a request has come. */
  private get mayLeave(): boolean {
    return this.leaving && !this.host.paused && this.input.length === 0;
  }

  private get isTcp(): boolean {
    return !this.secure && "port" in this.host.options.listen;
  }
}
