import { ByteQueue } from "../../core/byte-queue.ts";
import { ChunkData } from "../../http1/chunk-data.ts";
import { ChunkedBody, chunked } from "../../http1/chunked-body.ts";
import { field } from "../../http1/field-name.ts";
import { framing } from "../../http1/framing.ts";
import { parsed } from "../../http1/parsed.ts";
import { method, type RequestParser } from "../../http1/request-parser.ts";
import type { ResponseParser } from "../../http1/response-parser.ts";
import { TrailerParser } from "../../http1/trailer-parser.ts";
import { record } from "../../observe/histogram.ts";
import {
  httpMethod,
  httpUpstreamError,
  type OwnStatus,
  ownStatus,
  statusClass,
} from "../../observe/http-metric-labels.ts";
import { HTTP_LISTENER, HTTP_POOL, HTTP_ROUTE } from "../../observe/metric-layout.ts";
import type { HttpCall } from "../../upstream/http/http-call.ts";
import type { HttpConnection } from "../../upstream/http/http-connection.ts";
import type { HttpFailure } from "../../upstream/http/http-failure.ts";
import type { HttpServer } from "../../upstream/http/http-server.ts";
import { affinityCookie } from "./affinity-cookie.ts";
import type { Route } from "./http-router.ts";
import type { HttpSession } from "./http-session.ts";
import { type OwnAnswer, ownAnswers } from "./own-answer.ts";
import { writeRequestHead } from "./request-writer.ts";
import { writeResponseHead } from "./response-writer.ts";
import { writeTrailers } from "./trailer-writer.ts";

/** How the body of the answer goes to the client. */
const delivery = { asItIs: 0, inChunks: 1, withoutChunks: 2 } as const;

/** One parser serves all exchanges of a thread: its result lasts only until the next trailers. */
const trailers = new TrailerParser();

/**
 * One request of a client, from its head to the end of its answer. A session has one record, used again for each.
 *
 *     begin → attempt → onConnection → (request) ┐
 *             attempt ← retry ← onFailure        ├ onHead → onBody → onEnd → finish
 *
 * The head is kept as it came until an answer begins, and so is a body that is not too long: so a request can be tried again
 * without the client.
 */
export class HttpExchange implements HttpCall {
  /** A request is under way. */
  active = false;
  /** Bytes go both ways without a look at them. */
  isTunnel = false;
  method: number = method.other;
  start = 0;
  deadline = Number.POSITIVE_INFINITY;
  sentAt = 0;
  /** When the request came; `start` is that of the attempt. */
  arrived = 0;
  route: Route | null = null;
  server: HttpServer | null = null;
  /** Status of the answer's head that the client has got; 0: none yet. */
  status = 0;
  /** The code of podmate's own answer, or of the failure that cut an answer off; else null. */
  error: OwnAnswer | null = null;
  attempts = 0;
  /** Of the request's body as it came, and of the answer's as it went. */
  requestBytes = 0;
  responseBytes = 0;
  /** The head as it came, and the body as it went, as long as the request may be tried again. */
  readonly replay = new ByteQueue();
  private readonly session: HttpSession;
  /** Length of the head in `replay`. */
  private headLength = 0;
  /** Where the head lies that the parser has just read; null: it must be read again. */
  private current: Buffer | null = null;
  private connection: HttpConnection | null = null;
  private replayable = false;
  private retried = false;
  private staleRetried = false;
  /** The client speaks HTTP/1.0. */
  private old = false;
  private keepAlive = false;
  private upgrade = false;
  private bodyFraming: number = framing.none;
  private remaining = 0;
  private bodyDone = true;
  private readonly chunks = new ChunkedBody();
  private inTrailers = false;
  private delivery: number = delivery.asItIs;
  private readonly data = new ChunkData();
  private closing = false;
  /** Line of the affinity cookie that the client is given, or empty. */
  private cookie = "";
  private clientHasEnded = false;
  private serverHasEnded = false;

  constructor(session: HttpSession) {
    this.session = session;
  }

  /** Takes the request that the parser has just read from `bytes`. */
  begin(head: RequestParser, bytes: Buffer): void {
    const { session } = this;
    const { host } = session;
    this.reset(head, bytes);
    host.block[HTTP_LISTENER.requests + methodLabels[head.method]!]! += 1;
    host.usage.requests++;
    const route = host.router.find(head, bytes);
    this.route = route;
    if (route === null) {
      this.refuse("no-route", "no_route");
      return;
    }
    route.block[HTTP_ROUTE.requestsInFlight]! += 1;
    const { pool } = route;
    pool.block[HTTP_POOL.requests]! += 1;
    pool.block[HTTP_POOL.requestsInFlight]! += 1;
    pool.inFlight++;
    if (head.method === method.CONNECT && !host.options.connect) {
      this.refuse("method-not-allowed", "method_not_allowed");
      return;
    }
    const { body: longest } = host.options.limits;
    if (longest > 0 && this.remaining > longest) {
      this.refuse("body-too-large", "body_too_large");
      return;
    }
    if (session.overloaded) {
      this.refuse("overloaded", "overloaded");
      return;
    }
    const limit = route.options.timeout || pool.http.request_timeout;
    this.deadline = limit > 0 ? this.start + limit : Number.POSITIVE_INFINITY;
    this.attempt(head, bytes);
  }

  /** Takes what belongs to the request's body from bytes[at, end); returns where it ends, or `at` if it is not wanted now. */
  onRequestBody(bytes: Buffer, at: number, end: number): number {
    const { connection } = this;
    if (this.bodyDone || connection === null || this.isBlocked) return at;
    if (this.isTunnel) {
      connection.writer.append(bytes, at, end);
      return end;
    }
    if (this.bodyFraming === framing.length) {
      const stop = Math.min(end, at + this.remaining);
      this.remaining -= stop - at;
      this.passBody(bytes, at, stop);
      if (this.remaining === 0) this.bodyEnded();
      return stop;
    }
    return this.inTrailers ? this.onRequestTrailers(bytes, at, end) : this.onRequestChunks(bytes, at, end);
  }

  /** The client owes a part of the request. */
  get owesBody(): boolean {
    return this.active && !this.bodyDone && !this.isTunnel;
  }

  /** What comes from the client now has to wait. */
  get isBlocked(): boolean {
    if (this.bodyDone && !this.isTunnel) return false;
    const { connection } = this;
    return connection === null || connection.writer.backlog > this.session.host.options.limits.buffer;
  }

  /** Bytes held for this request on its way. */
  get buffered(): number {
    return this.replay.length + (this.connection?.writer.backlog ?? 0);
  }

  bodyTimedOut(): void {
    if (this.status > 0) {
      this.session.cutOff("body_timeout", true);
      return;
    }
    this.refuse("body-timeout", "body_timeout");
  }

  /** The client of a tunnel has closed its side. */
  clientEnded(): void {
    this.clientHasEnded = true;
    if (this.serverHasEnded) this.finish(true);
    else this.connection?.endTunnel();
  }

  /** The client has taken all that was waiting for it. */
  onClientTook(): void {
    this.connection?.setReading(true);
  }

  /** The client is gone: nobody wants the answer. */
  abandon(): void {
    if (!this.active) return;
    const { server, connection } = this;
    this.connection = null;
    server?.abandon(this, connection);
    this.settle();
  }

  onConnection(connection: HttpConnection): void {
    this.connection = connection;
    const head = this.session.host.parser;
    if (this.current !== null) this.writeHead(connection, head, this.current);
    else {
      // The call has waited, and the parser has read other heads since.
      this.parseReplay();
      this.writeHead(connection, head, this.replay.buffer);
    }
    if (this.replay.length > this.headLength) {
      connection.writer.append(this.replay.buffer, this.headLength, this.replay.length);
    }
    if (this.bodyDone) this.sentAt = this.session.turn.now;
    else this.session.proceed();
  }

  onHead(head: ResponseParser, bytes: Buffer): void {
    const { status } = head;
    if (status < 200 && status !== 101) {
      if (!this.old) writeResponseHead(this.session.writer, head, bytes, interim);
      return;
    }
    if (this.retriesStatus(status)) return;
    const { writer } = this.session;
    const tunnel = this.upgrade ? status === 101 : this.method === method.CONNECT && status < 300;
    if (status === 101 && !tunnel) {
      this.giveUp("protocol");
      return;
    }
    this.status = status;
    this.replayable = false;
    this.replay.clear();
    this.chooseDelivery(head, tunnel);
    writeResponseHead(writer, head, bytes, {
      chunked: this.delivery === delivery.inChunks || (head.body === framing.chunked && !this.old),
      connection: tunnel && status === 101 ? "upgrade" : this.connectionHeader(tunnel),
      added: this.cookie,
    });
    if (tunnel) this.becomeTunnel();
  }

  onBody(bytes: Buffer, start: number, end: number): void {
    const { session } = this;
    const { writer } = session;
    this.responseBytes += end - start;
    if (this.delivery === delivery.inChunks) {
      writer.appendLatin1(`${(end - start).toString(16)}\r\n`);
      writer.append(bytes, start, end);
      writer.appendLatin1("\r\n");
    } else if (this.delivery === delivery.withoutChunks) this.data.extract(bytes, start, end, writer);
    else writer.append(bytes, start, end);
    session.noteBacklog();
    if (writer.backlog > session.host.options.limits.buffer) this.connection?.setReading(false);
  }

  onTrailers(head: TrailerParser, bytes: Buffer): void {
    if (this.delivery === delivery.asItIs) writeTrailers(this.session.writer, head, bytes);
  }

  onEnd(): void {
    if (this.isTunnel) {
      this.serverHasEnded = true;
      if (this.clientHasEnded) this.finish(true);
      else this.session.endTunnel();
      return;
    }
    this.connection = null;
    if (this.delivery === delivery.inChunks) this.session.writer.appendLatin1("0\r\n\r\n");
    this.finish(this.closing || !this.bodyDone);
  }

  onWritable(): void {
    this.session.proceed();
  }

  onFailure(failure: HttpFailure): void {
    this.connection = null;
    if (this.isTunnel) {
      this.finish(true);
      return;
    }
    if (this.status > 0) {
      this.countError(failure);
      this.error = failure.kind;
      // A body that only the end of the connection ends would seem whole.
      this.settle();
      this.session.cutOff(null, true);
      return;
    }
    if (!this.retries(failure)) this.fail(failure);
  }

  private reset(head: RequestParser, bytes: Buffer): void {
    const { session } = this;
    this.active = true;
    this.isTunnel = false;
    this.method = head.method;
    this.arrived = this.start = session.turn.now;
    this.deadline = Number.POSITIVE_INFINITY;
    this.sentAt = 0;
    this.route = this.server = this.connection = this.error = null;
    this.status = 0;
    this.attempts = this.requestBytes = this.responseBytes = 0;
    this.replay.append(bytes, head.lineStart, head.headEnd);
    this.headLength = head.headEnd - head.lineStart;
    this.replayable = true;
    this.retried = this.staleRetried = false;
    this.old = head.minor === 0;
    const { options } = session.host;
    const worn = options.limits.requests > 0 && session.requests >= options.limits.requests;
    this.keepAlive = head.keepAlive && !worn;
    this.upgrade = head.upgrade && options.upgrade && !offersHttp2(head, bytes);
    this.bodyFraming = head.body;
    this.remaining = head.body === framing.length ? head.contentLength : 0;
    this.bodyDone = head.body === framing.none || (head.body === framing.length && this.remaining === 0);
    if (head.body === framing.chunked) this.chunks.reset();
    this.inTrailers = this.closing = this.clientHasEnded = this.serverHasEnded = false;
    this.delivery = delivery.asItIs;
    this.cookie = "";
  }

  /** Sends the request to the server that its key, or the failure of another one, leads to. */
  private attempt(head: RequestParser, bytes: Buffer): void {
    const { session } = this;
    const { pool, keys } = this.route!;
    keys.find(head, bytes, session.client);
    if (keys.affinity !== null && this.cookie === "") {
      const cookie = affinityCookie(keys.affinity.name, keys.affinity.options);
      this.cookie = cookie.line;
      keys.bytes = cookie.value;
      keys.start = 0;
      keys.end = cookie.value.length;
    }
    const server = pool.pick(keys.bytes, keys.start, keys.end, this.server);
    this.attempts++;
    if (server === null) {
      this.fail(pool.noServer());
      return;
    }
    this.server = server;
    const refusal = server.refusal(pool.panic);
    if (refusal !== null) {
      const failure = server.failure(refusal);
      if (!this.retries(failure)) this.fail(failure);
      return;
    }
    this.start = session.turn.now;
    this.current = bytes;
    server.begin(this);
    this.current = null;
  }

  private writeHead(connection: HttpConnection, head: RequestParser, bytes: Buffer): void {
    const { session, route } = this;
    const { options, pool, rewrite } = route!;
    writeRequestHead(connection.writer, head, bytes, session, {
      rewrite,
      prefix: options.path.length,
      host: pool.http.host === "server" ? this.server!.hostHeader : null,
      upgrade: this.upgrade,
    });
  }

  private passBody(bytes: Buffer, start: number, end: number): void {
    this.requestBytes += end - start;
    this.connection!.writer.append(bytes, start, end);
    if (!this.replayable) return;
    if (this.replay.length + end - start > this.route!.pool.http.retry.buffer) this.forgetReplay();
    else this.replay.append(bytes, start, end);
  }

  private onRequestChunks(bytes: Buffer, at: number, end: number): number {
    const stop = this.chunks.scan(bytes, at, end);
    const { body: longest } = this.session.host.options.limits;
    if (this.chunks.state === chunked.refused) {
      this.refuseBody();
      return end;
    }
    if (longest > 0 && this.chunks.dataLength > longest) {
      this.refuse("body-too-large", "body_too_large");
      return end;
    }
    this.passBody(bytes, at, stop);
    this.inTrailers = this.chunks.state === chunked.trailers;
    return stop;
  }

  private onRequestTrailers(bytes: Buffer, at: number, end: number): number {
    trailers.limits = this.session.host.options.limits;
    const result = trailers.parse(bytes, at, end);
    if (result === parsed.incomplete) return at;
    if (result === parsed.refused) {
      this.refuseBody();
      return end;
    }
    writeTrailers(this.connection!.writer, trailers, bytes);
    if (this.replayable) writeTrailers(this.replay, trailers, bytes);
    this.bodyEnded();
    return trailers.end;
  }

  private bodyEnded(): void {
    this.bodyDone = true;
    this.sentAt = this.session.turn.now;
  }

  private forgetReplay(): void {
    this.replayable = false;
    this.replay.clear();
  }

  private chooseDelivery(head: ResponseParser, tunnel: boolean): void {
    this.delivery = delivery.asItIs;
    if (head.body === framing.close && !tunnel) {
      if (this.old) this.keepAlive = false;
      else this.delivery = delivery.inChunks;
    } else if (head.body === framing.chunked && this.old) {
      this.delivery = delivery.withoutChunks;
      this.data.reset();
      this.keepAlive = false;
    }
    const { session } = this;
    this.closing = !this.keepAlive || session.leaving || !this.bodyDone;
  }

  private connectionHeader(tunnel: boolean): "close" | "keep-alive" | null {
    if (tunnel) return null;
    if (this.closing) return "close";
    return this.old ? "keep-alive" : null;
  }

  private becomeTunnel(): void {
    this.isTunnel = true;
    this.bodyDone = false;
    this.session.host.block[HTTP_LISTENER.tunnels]! += 1;
    this.connection!.becomeTunnel();
  }

  /** Makes another attempt because of the answer's status, if there is leave for it. */
  private retriesStatus(status: number): boolean {
    const { retry } = this.route!.pool.http;
    if (status < 500 || !retry.on.includes(status as 502 | 503 | 504)) return false;
    if (!this.mayTryAgain(true) || !this.takesBudget()) return false;
    this.dropConnection();
    this.tryAgain();
    return true;
  }

  /** Makes another attempt because of a failure, if there is leave for it. */
  private retries(failure: HttpFailure): boolean {
    const { kind, stale } = failure;
    if (stale && !this.staleRetried && this.replayable && isIdempotent(this.method)) {
      // The server had closed an idle connection when the request came: nothing is wrong with it, and no budget is used.
      this.staleRetried = true;
      this.server = null;
      this.tryAgain();
      return true;
    }
    const { on } = this.route!.pool.http.retry;
    const unsent = kind === "connect";
    const counts =
      unsent ||
      (kind === "connection_lost" && on.includes("reset")) ||
      (kind === "timeout" && on.includes("timeout"));
    if (!counts || !this.mayTryAgain(!unsent) || !this.takesBudget()) return false;
    this.countError(failure);
    this.tryAgain();
    return true;
  }

  /** `sent`: the server may have done what the request asks for. */
  private mayTryAgain(sent: boolean): boolean {
    if (!this.replayable || (sent && !isIdempotent(this.method))) return false;
    return this.attempts <= this.route!.pool.http.retry.attempts && this.session.turn.now < this.deadline;
  }

  private takesBudget(): boolean {
    const { pool } = this.route!;
    if (this.retried) return true;
    this.retried = pool.retries.take(pool.inFlight);
    if (!this.retried) pool.block[HTTP_POOL.retriesRefused]! += 1;
    return this.retried;
  }

  private tryAgain(): void {
    this.route!.pool.block[HTTP_POOL.retries]! += 1;
    this.parseReplay();
    this.sentAt = 0;
    this.attempt(this.session.host.parser, this.replay.buffer);
  }

  /** Reads the head anew: the parser serves every client of the thread. */
  private parseReplay(): void {
    const { parser } = this.session.host;
    parser.limits = noLimits;
    parser.parse(this.replay.buffer, 0, this.headLength);
  }

  private dropConnection(): void {
    const { connection, server } = this;
    this.connection = null;
    server?.abandon(this, connection);
  }

  /** The attempt cannot go on, though the server may. */
  private giveUp(kind: "protocol"): void {
    const failure = this.server!.failure(kind);
    this.dropConnection();
    this.fail(failure);
  }

  /** No answer will come from upstream: gives one. */
  private fail(failure: HttpFailure): void {
    this.countError(failure);
    this.answer(failure.kind, this.closesAfterOwn);
  }

  private countError({ kind }: HttpFailure): void {
    this.route!.pool.block[HTTP_POOL.errors + httpUpstreamError[kind]]! += 1;
  }

  /** The client has done what it must not. */
  private refuse(code: OwnAnswer, kind: Parameters<HttpSession["count"]>[0]): void {
    this.session.count(kind);
    if (this.server !== null) this.dropConnection();
    if (this.status > 0) {
      this.settle();
      this.session.cutOff(null, true);
      return;
    }
    this.answer(code, this.closesAfterOwn);
  }

  /** The framing of the request's body is broken; what follows cannot be trusted. */
  private refuseBody(): void {
    this.bodyDone = false;
    this.refuse("bad-body", "bad_request");
  }

  /** What is left of a request's body would be taken for the next request. */
  private get closesAfterOwn(): boolean {
    return !this.bodyDone || !this.keepAlive || this.session.leaving;
  }

  private answer(code: OwnAnswer, close: boolean): void {
    const { session } = this;
    this.error = code;
    this.status = ownAnswers[code].status;
    session.answer(code, close, this.method !== method.HEAD);
    if (this.route !== null)
      this.route.block[HTTP_ROUTE.ownAnswers + ownStatus[this.status as OwnStatus]]! += 1;
    this.finish(close);
  }

  /** Everything is said. */
  private finish(close: boolean): void {
    if (!this.active) return;
    this.settle();
    this.session.exchangeEnded(close);
  }

  /** Counts the exchange and makes the record free. */
  private settle(): void {
    const { session, route } = this;
    const { host } = session;
    if (this.isTunnel) host.block[HTTP_LISTENER.tunnels]! -= 1;
    this.active = false;
    this.connection = null;
    this.replay.clear();
    host.usage.requests--;
    host.block[HTTP_LISTENER.requestsInFlight]! -= 1;
    if (route !== null) this.countIn(route);
    host.accessLog?.note(this, session);
    this.route = this.server = null;
  }

  private countIn({ pool, block }: Route): void {
    const micros = (this.session.turn.now - this.arrived) * 1000;
    const kind = this.status === 0 ? statusClass.none : ((this.status / 100) | 0) - 1;
    pool.inFlight--;
    pool.block[HTTP_POOL.requestsInFlight]! -= 1;
    pool.block[HTTP_POOL.responses + kind]! += 1;
    block[HTTP_ROUTE.requestsInFlight]! -= 1;
    block[HTTP_ROUTE.requests + kind]! += 1;
    // A tunnel's life is no answer's duration.
    if (!this.isTunnel) {
      record(pool.block, HTTP_POOL.requestDuration, micros);
      record(block, HTTP_ROUTE.requestDuration, micros);
    }
    if (this.retried) pool.retries.giveBack();
  }
}

/** A head that was read once is read again from the copy. */
const noLimits = { head: 2 ** 30, headers: 65_535, target: 2 ** 30 };

/** A head of 1xx goes as it is. */
const interim = { chunked: false, connection: null, added: "" } as const;

/** RFC 9110 9.2.2, of the methods that podmate knows by number. */
function isIdempotent(of: number): boolean {
  return of !== method.POST && of !== method.PATCH && of !== method.CONNECT && of !== method.other;
}

/** An upgrade to HTTP/2 would hide the requests that follow from every check made here. */
function offersHttp2({ fields }: RequestParser, bytes: Buffer): boolean {
  for (let i = 0; i < fields.count; i++) {
    if (fields.id[i] !== field.upgrade) continue;
    if (/h2c/i.test(bytes.toString("latin1", fields.valueStart[i]!, fields.valueEnd[i]!))) return true;
  }
  return false;
}

/** Metric label by number of the method. */
const methodLabels: readonly number[] = Object.keys(method).map(
  (name) => httpMethod[name.toLowerCase() as keyof typeof httpMethod],
);
