import type { ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import { SocketWriter } from "../../core/socket-writer.ts";
import { framing } from "../../http1/framing.ts";
import { parsed } from "../../http1/parsed.ts";
import { ResponseParser } from "../../http1/response-parser.ts";
import { TrailerParser } from "../../http1/trailer-parser.ts";
import { HTTP_SERVER } from "../../observe/metric-layout.ts";
import type { CallConnection } from "../http/call-connection.ts";
import { endOfCall } from "../http/end-of-call.ts";
import type { HttpCall } from "../http/http-call.ts";
import type { HttpServer } from "../http/http-server.ts";
import type { HttpFailing } from "../outcomes.ts";
import { cancel } from "./cut-off.ts";
import { EndOfMessage } from "./end-of-message.ts";
import { errorCode, findsFault, frameFlag } from "./error-code.ts";
import { fieldLines } from "./field-lines.ts";
import type { HeaderRecord } from "./header-record.ts";
import type { Http2Connection } from "./http2-connection.ts";
import { type RequestOpener, RequestTarget, type StreamOptions } from "./request-target.ts";
import { responseHead } from "./response-head.ts";

const heads = new ResponseParser();
const trailers = new TrailerParser();
const lineEnd = Buffer.from("\r\n");
const lastChunk = Buffer.from("0\r\n");
/** Bytes of a block that nobody looks at: what the connection has written is counted on its socket. */
const uncounted = new Float64Array(HTTP_SERVER.writtenBytes + 1);

/**
 * One call on a stream of HTTP/2. The call hears of it in the form of HTTP/1.1: what content has no length of its own
 * comes in chunks.
 *
 *     call.onConnection → writer.append … → target → stream
 *     call.onHead, onBody, onTrailers, onEnd ←────── stream
 */
export class Http2Request implements CallConnection, RequestOpener {
  readonly writer: SocketWriter;
  private readonly connection: Http2Connection;
  private readonly server: HttpServer;
  private readonly target: RequestTarget;
  private call: HttpCall | null;
  private stream: ClientHttp2Stream | null = null;
  private end: EndOfMessage | null = null;
  private body: number = framing.none;
  private chunked = false;
  /** Bytes of the content that are to come, where its length is known. */
  private remaining = 0;
  private trailerLines = "";
  /** A head of an answer has come; and the final one. */
  private answering = false;
  private answered = false;
  /** Bytes of interim answers, in the form of HTTP/1.1. */
  private interim = 0;
  private reading = true;
  /** The answer has had to wait for the client. */
  private held = false;
  /** The number of the call. */
  private readonly number: number;
  /** When bytes last came or went, in ms. */
  private lastActive: number;

  constructor(connection: Http2Connection, server: HttpServer, call: HttpCall) {
    this.connection = connection;
    this.server = server;
    this.call = call;
    this.lastActive = server.turn.now;
    this.number = server.taken();
    this.target = new RequestTarget(this, connection.scheme);
    this.writer = new SocketWriter(uncounted, HTTP_SERVER.writtenBytes);
    this.writer.onDrain = () => this.call?.onWritable();
  }

  /** From now on what is written is sent. */
  send(): void {
    this.writer.open(this.target);
  }

  /** Has the call write its request. */
  begin(): void {
    this.call?.onConnection(this);
  }

  open(headers: HeaderRecord, options: StreamOptions): ClientHttp2Stream | null {
    try {
      this.stream = this.connection.request(headers, options);
    } catch (error) {
      this.fail("unsendable", (error as Error).message);
      return null;
    }
    const { stream } = this;
    this.end = new EndOfMessage(stream);
    stream.on("headers", (_, __, raw) => this.onHead(raw as unknown as string[], false));
    stream.on("response", (_: IncomingHttpHeaders, flags, raw) =>
      this.onResponse(raw as unknown as string[], (flags & frameFlag.endStream) !== 0),
    );
    stream.on("trailers", (_, __, raw) => this.onTrailers(raw as unknown as string[]));
    stream.on("end", () => this.onEnd());
    stream.on("error", () => {});
    stream.on("close", () => this.onClose());
    return stream;
  }

  wrote(): void {
    this.lastActive = this.server.turn.now;
  }

  get buffered(): number {
    return this.writer.held + this.unread;
  }

  /** Bytes of the answer that node:http2 keeps because nobody has read them yet: not more than a window. */
  get unread(): number {
    return this.stream?.readableLength ?? 0;
  }

  setReading(wanted: boolean): void {
    if (wanted === this.reading) return;
    this.reading = wanted;
    this.lastActive = this.server.turn.now;
    if (wanted) this.stream?.resume();
    else {
      this.held = true;
      this.stream?.pause();
    }
  }

  /** HTTP/2 has no tunnels here: neither CONNECT nor an upgrade is passed on. */
  becomeTunnel(): void {}

  endTunnel(): void {}

  abandon(): void {
    this.call = null;
    this.release(true);
  }

  get headLimit(): number {
    return this.connection.headLimit;
  }

  /** The request cannot be sent. */
  fail(end: HttpFailing, reason: string): void {
    // Told later, as every failure, for the request is still being written.
    queueMicrotask(() => this.close(end, reason));
  }

  /** Gives the call up if all of it takes longer than it may at `now`; true if it does. */
  checkDeadline(now: number): boolean {
    const { call } = this;
    if (call === null || now < call.deadline) return false;
    // A client that takes its time is not the server's fault.
    const awaited = call.sentAt > 0 && this.reading;
    this.close(awaited ? "late" : "lateClient", "the request took longer than it may");
    return true;
  }

  /** Gives the call up if somebody has waited for too long at `now`; true if the server has not said a word in time. */
  checkTime(now: number): boolean {
    if (this.checkDeadline(now)) return true;
    const { headTimeout, bodyTimeout } = this.server;
    const { call } = this;
    if (call === null) return false;
    const silence = now - Math.max(this.lastActive, call.sentAt);
    if (!this.answered && call.sentAt > 0) {
      if (headTimeout === 0 || silence < headTimeout) return false;
      this.close("timeout", `no answer within ${headTimeout} ms`);
    } else {
      const awaits = bodyTimeout > 0 && this.reading && (this.answered || this.writer.backlog > 0);
      if (!awaits || silence < bodyTimeout) return false;
      this.close("stopped", `no byte within ${bodyTimeout} ms`);
    }
    return true;
  }

  /** Gives the stream up; the call ends so. */
  close(end: HttpFailing, reason: string): void {
    const { call } = this;
    if (call === null) return;
    this.call = null;
    const failure = this.server.failure(end, reason);
    this.release(true);
    this.server.callFailed(failure, this.number);
    if (this.isWhole) call.onEnd();
    else call.onFailure(failure);
  }

  /**
   * The connection is no more. What has come is passed on, whatever room the client has for it now: it may be all.
   * `faultAfter`: the last stream that the server had begun with when it found a fault with the connection; -1: it has not.
   */
  connectionEnded(end: HttpFailing, reason: string, faultAfter: number): void {
    if (this.answered) {
      this.takeRest();
      if (this.end!.hasCome) this.onEnd();
    }
    if (this.call === null) return;
    if (end === "lost") this.close(this.endNow(this.call), reason);
    else if (end === "sharedLost") this.close(this.endAtFault(faultAfter), reason);
    else this.close(end, reason);
  }

  /** As what the call ends if the server, or the network, ends the connection now. */
  private endNow(call: HttpCall): HttpFailing {
    const { answered: within, answering, held, stream } = this;
    const { hasAnswered: kept } = this.connection;
    const waiting = this.writer.backlog > 0;
    const progress = { within, held, answering, kept, unsent: stream === null, waiting };
    return endOfCall(call, progress, this.server.turn.now);
  }

  /** The same where the server has found a fault: most likely with the head that it read last. */
  private endAtFault(faultAfter: number): HttpFailing {
    if (this.answered) return "truncatedShared";
    return !this.answering && this.stream?.id === faultAfter ? "sharedFault" : "sharedLost";
  }

  /**
   * All content has come that the head has announced, though not the end of the stream, which may be a frame of its own: the
   * client has taken the answer for a whole one, and may have asked for more.
   */
  private get isWhole(): boolean {
    return this.answered && !this.chunked && this.remaining === 0;
  }

  private onResponse(raw: readonly string[], ends: boolean): void {
    if (!this.onHead(raw, ends) || this.call === null) return;
    // From now on content flows, and the end shows: both would be lost before.
    this.stream!.on("data", (bytes: Buffer) => this.onData(bytes));
    if (!this.reading) this.stream!.pause();
  }

  /** Passes a head on; false if it is none. */
  private onHead(raw: readonly string[], ends: boolean): boolean {
    const { call, server } = this;
    if (call === null) return false;
    const now = server.turn.read();
    this.answering = true;
    const head = responseHead(raw, ends, call.method);
    heads.limits = server.headLimits;
    if (head === null || heads.parse(head.bytes, 0, head.bytes.length, call.method) !== parsed.complete) {
      this.close(
        "protocol",
        head === null ? "a malformed head" : (heads.problem?.reason ?? "a head that is none"),
      );
      return false;
    }
    this.answered = heads.status >= 200;
    // Answers of 1xx do not put off when the answer is due.
    if (this.answered) this.lastActive = now;
    else this.interim += head.bytes.length;
    if (this.interim > server.headLimits.head) {
      this.close("protocol", "interim answers without end");
      return false;
    }
    this.body = heads.body;
    this.remaining = heads.body === framing.length ? heads.contentLength : 0;
    this.chunked = head.chunked;
    server.heard(call, heads.status);
    call.onHead(heads, head.bytes);
    return true;
  }

  private onData(bytes: Buffer): void {
    const { call, chunked } = this;
    this.lastActive = this.server.turn.read();
    if (call === null) return;
    if (this.body === framing.length) {
      this.remaining -= bytes.length;
      if (this.remaining < 0) {
        this.close("protocol", "more content than announced");
        return;
      }
    } else if (!chunked) {
      this.close("protocol", "content where there is none");
      return;
    }
    if (chunked) {
      const size = Buffer.from(`${bytes.length.toString(16)}\r\n`, "latin1");
      call.onBody(size, 0, size.length);
    }
    call.onBody(bytes, 0, bytes.length);
    if (chunked && this.call === call) call.onBody(lineEnd, 0, lineEnd.length);
  }

  /** Takes what the stream holds because nobody has read it: not more than a window. */
  private takeRest(): void {
    const stream = this.stream!;
    // node:http2 may have done away with the stream, which then says nothing of what it still gives.
    stream.removeAllListeners("data");
    for (let bytes = stream.read(); bytes !== null && this.call !== null; bytes = stream.read())
      this.onData(bytes);
  }

  private onTrailers(raw: readonly string[]): void {
    const lines = fieldLines(raw);
    if (lines === null) this.close("protocol", "malformed trailers");
    else this.trailerLines = lines;
  }

  /** The answer is complete, unless the stream has broken off. */
  private onEnd(): void {
    const { call } = this;
    if (call === null || !this.answered || (this.stream!.rstCode ?? 0) !== 0) return;
    this.server.turn.read();
    if (this.remaining > 0 || !this.end!.hasCome) {
      this.close("truncated", "less content than announced");
      return;
    }
    if (this.chunked && !this.passTrailers(call)) return;
    if (this.call !== call) return;
    this.call = null;
    this.server.finished();
    this.connection.hasAnswered = true;
    this.release(false);
    call.onEnd();
  }

  private passTrailers(call: HttpCall): boolean {
    const bytes = Buffer.from(`${this.trailerLines}\r\n`, "latin1");
    trailers.limits = this.server.headLimits;
    if (trailers.parse(bytes, 0, bytes.length) !== parsed.complete) {
      this.close("protocol", trailers.problem?.reason ?? "trailers that are none");
      return false;
    }
    call.onBody(lastChunk, 0, lastChunk.length);
    call.onTrailers(trailers, bytes);
    return true;
  }

  /** The stream has ended, at a time when that is no surprise or otherwise. */
  private onClose(): void {
    if (this.call === null) return;
    this.server.turn.read();
    const { pending, rstCode: code = 0 } = this.stream!;
    // What is pending has not been sent, for a GOAWAY came first.
    const unprocessed = pending || code === errorCode.refusedStream;
    // An end of the connection is told to all of its calls, but those that the server has not taken.
    if (!unprocessed && this.connection.noticeEnd()) return;
    this.close(unprocessed ? "unprocessed" : this.endByReset(code), `the stream was reset: ${code}`);
  }

  private endByReset(code: number): HttpFailing {
    if (this.answering) return this.held ? "truncatedHeld" : "truncated";
    // What node:http2 takes for malformed it resets with PROTOCOL_ERROR itself.
    return findsFault(code) ? "streamFault" : "streamReset";
  }

  /** The stream is not needed any more. `broken`: its answer is not complete. */
  private release(broken: boolean): void {
    const { stream } = this;
    this.writer.close();
    const unfinished = this.target.isIncomplete;
    this.target.dispose();
    if (stream !== null && !stream.destroyed) {
      if (broken || unfinished) cancel(stream);
      else stream.resume();
    }
    this.connection.released(this);
  }
}
