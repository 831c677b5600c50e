import { field } from "../../http1/field-name.ts";
import { framing } from "../../http1/framing.ts";
import { method, type RequestParser } from "../../http1/request-parser.ts";
import type { ResponseParser } from "../../http1/response-parser.ts";
import type { TrailerParser } from "../../http1/trailer-parser.ts";
import type { HttpClientError } from "../../observe/http-metric-labels.ts";
import { HTTP_LISTENER, HTTP_POOL } from "../../observe/metric-layout.ts";
import type { CallConnection } from "../../upstream/http/call-connection.ts";
import type { HttpCall } from "../../upstream/http/http-call.ts";
import type { HttpFailure } from "../../upstream/http/http-failure.ts";
import type { HttpServer } from "../../upstream/http/http-server.ts";
import { type HttpFailing, outcomes } from "../../upstream/outcomes.ts";
import type { AccessStart } from "./access-log.ts";
import { affinityCookie } from "./affinity-cookie.ts";
import { Attempts, type Repeatable } from "./attempts.ts";
import type { Downstream } from "./downstream.ts";
import {
  countArrival,
  countEnd,
  countFailure,
  countFinalAnswer,
  countOwnAnswer,
  countRouted,
} from "./exchange-metrics.ts";
import type { Route } from "./http-router.ts";
import { finalAnswer, forwardsLeft, unlimited } from "./max-forwards.ts";
import { type OwnAnswer, ownAnswers } from "./own-answer.ts";
import { Persistence } from "./persistence.ts";
import { noRoute, refusalOf } from "./refusal.ts";
import { Replay } from "./replay.ts";
import { RequestBody } from "./request-body.ts";
import { wantsOwnHost } from "./request-host.ts";
import { writeRequestHead } from "./request-writer.ts";
import { ResponseBody } from "./response-body.ts";
import { writeInterimHead, writeResponseHead } from "./response-writer.ts";
import { offersHttp2 } from "./upgrade.ts";

/**
 * One request of a client, from its head to the end of its answer. A session has one record, used again for each.
 *
 *     begin → attempt → onConnection → (request) ┐
 *             attempt ← tryAgain ← onFailure     ├ onHead → onBody → onEnd → finish
 */
export class HttpExchange implements HttpCall {
  /** A request is under way. */
  active = false;
  /** Bytes go both ways without a look at them. */
  isTunnel = false;
  method: number = method.other;
  /** When the request came; `start` is that of the attempt. */
  arrived = 0;
  start = 0;
  heardAt = 0;
  deadline = Number.POSITIVE_INFINITY;
  sentAt = 0;
  route: Route | null = null;
  server: HttpServer | null = null;
  /** Status of the final head that the client has got; 0: none yet. */
  status = 0;
  /** Why podmate answered itself, or cut an answer off; else null. */
  error: OwnAnswer | null = null;
  readonly attempts = new Attempts();
  readonly requestBody = new RequestBody();
  readonly responseBody = new ResponseBody();
  readonly persistence = new Persistence();
  /** The beginning of its line in the access log; null: it gets none. */
  private logged: AccessStart | null = null;
  private readonly session: Downstream;
  private readonly replay = new Replay();
  private connection: CallConnection | null = null;
  /** Where the head lies that the parser has just read; null: it must be read again. */
  private current: Buffer | null = null;
  private upgrade = false;
  /** How often the request may be forwarded, if Max-Forwards bounds that. */
  private forwards = unlimited;
  /** The affinity cookie that the client is given, as a line; or empty. */
  private cookie = "";
  /** The client lets its body wait for a 100, and neither has come. */
  private awaitsContinue = false;
  private clientHasEnded = false;
  private serverHasEnded = false;

  constructor(session: Downstream) {
    this.session = session;
  }

  /** Takes the request that the parser has just read from `bytes`. */
  begin(head: RequestParser, bytes: Buffer): void {
    const { host } = this.session;
    this.reset(head, bytes);
    countArrival(host, head.method);
    const { access_log } = host.options;
    this.logged = access_log > 0 ? host.accessLog.begin(this.session, access_log, head, bytes) : null;
    const route = host.router.find(head, bytes);
    this.route = route;
    if (route !== null) countRouted(route);
    const refusal = route === null ? noRoute : refusalOf(head.method, this.requestBody, route, host);
    if (refusal !== null) {
      this.refuse(refusal.code, refusal.kind);
      return;
    }
    if (this.forwards === 0) {
      this.answerAsLast(head, bytes);
      return;
    }
    const limit = route!.options.timeout || route!.pool.http.request_timeout;
    if (limit > 0) this.deadline = this.start + limit;
    this.attempt(head, bytes);
  }

  /** Takes what belongs to the request's body from bytes[at, end); returns where it ends, or `at` if it is not wanted now. */
  onRequestBody(bytes: Buffer, at: number, end: number): number {
    const { connection, requestBody } = this;
    if (connection === null || this.isBlocked) return at;
    this.awaitsContinue = false;
    this.heardAt = this.session.turn.now;
    if (this.isTunnel) {
      connection.writer.append(bytes, at, end);
      return end;
    }
    if (requestBody.done) return at;
    const copy = this.replay.forBody(end - at, this.route!.pool.http.retry.buffer);
    const stop = requestBody.take(bytes, at, end, connection.writer, copy, this.session.host.options.limits);
    if (requestBody.problem !== null) {
      this.refuse(requestBody.problem, requestBody.problem === "bad-body" ? "bad_request" : "body_too_large");
      return end;
    }
    if (requestBody.done) this.sentAt = this.session.turn.now;
    return stop;
  }

  get fresh(): boolean {
    return this.attempts.fresh;
  }

  /** The client owes a part of the request. */
  get owesBody(): boolean {
    return !this.requestBody.done && !this.isTunnel;
  }

  /** What comes from the client now has to wait. */
  get isBlocked(): boolean {
    const { connection } = this;
    if (!this.isTunnel && this.requestBody.done) return false;
    return connection === null || connection.writer.isFull(this.session.room);
  }

  /** Bytes held for this request on its way. */
  get buffered(): number {
    return this.replay.bytes.length + (this.connection?.buffered ?? 0);
  }

  /** The client has stopped in the middle of the body; or the server lets it wait for leave to send it. */
  bodyTimedOut(): void {
    if (!this.awaitsContinue) this.refuse("request-body-timeout", "body_timeout");
    else this.giveUp("continueAwaited");
  }

  /** The client of a tunnel has closed its side. */
  clientEnded(): void {
    if (this.clientHasEnded) return;
    this.clientHasEnded = true;
    this.connection?.endTunnel();
    if (this.serverHasEnded) this.finish(true);
  }

  /** The client has taken all that was waiting for it. */
  onClientTook(): void {
    this.connection?.setReading(true);
  }

  /** The client is gone: nobody wants the answer. */
  abandon(): void {
    if (!this.active) return;
    this.dropAttempt();
    this.settle();
  }

  onConnection(connection: CallConnection): void {
    const { session, replay, route } = this;
    const { parser } = session.host;
    this.connection = connection;
    // A call that has waited finds that the parser has read other heads since.
    const bytes = this.current ?? replay.parse(parser);
    writeRequestHead(connection.writer, parser, bytes, session, {
      rewrite: route!.rewrite,
      prefix: route!.prefix,
      host: wantsOwnHost(route!.pool.http, parser) ? this.server!.hostHeader : null,
      upgrade: this.upgrade,
      forwards: this.forwards,
    });
    replay.writeBody(connection.writer);
    if (this.requestBody.done) this.sentAt = session.turn.now;
    else session.proceed();
  }

  onHead(head: ResponseParser, bytes: Buffer): void {
    const { status } = head;
    const { session, persistence, responseBody } = this;
    if (status < 200 && status !== 101) {
      this.onInterim(head, bytes);
      return;
    }
    const tunnel =
      status === 101 ? this.upgrade && head.upgrade : this.method === method.CONNECT && status < 300;
    if (status === 101 && !tunnel) {
      this.giveUp("protocol", "101 to what nobody has asked for");
      return;
    }
    const { pool } = this.route!;
    if (this.attempts.followsAnswer(status, this.server!, pool, this.repeatable)) {
      this.dropAttempt();
      this.tryAgain();
      return;
    }
    this.status = status;
    this.replay.drop();
    responseBody.begin(tunnel ? framing.none : head.body, persistence.old);
    persistence.settle(responseBody.endsWithConnection || session.leaving || (!tunnel && this.mustClose));
    writeResponseHead(session.writer, head, bytes, {
      chunked: responseBody.rechunked || (head.body === framing.chunked && !persistence.old),
      connection: tunnel ? null : persistence.header,
      upgrade: status === 101 || (status === 426 && head.fields.has(field.upgrade)),
      added: session.viaLines[pool.http.version === 2 ? 2 : head.minor]! + this.cookie,
    });
    if (!tunnel) return;
    this.isTunnel = true;
    session.host.block[HTTP_LISTENER.tunnels]! += 1;
    this.connection!.becomeTunnel();
    // What the client has sent along with its request.
    session.proceed();
  }

  private onInterim(head: ResponseParser, bytes: Buffer): void {
    this.awaitsContinue = false;
    if (this.persistence.old) return;
    // The client has seen something of this attempt.
    this.replay.drop();
    writeInterimHead(this.session.writer, head, bytes);
    if (this.session.isClogged) this.connection?.setReading(false);
  }

  /** Another request of the client's could not be told from what it has sent for this one. */
  private get mustClose(): boolean {
    return !this.requestBody.done || this.method === method.CONNECT;
  }

  onBody(bytes: Buffer, start: number, end: number): void {
    const { session } = this;
    this.responseBody.write(session.writer, bytes, start, end);
    if (session.isClogged) this.connection?.setReading(false);
  }

  onTrailers(trailers: TrailerParser, bytes: Buffer): void {
    this.responseBody.writeTrailers(this.session.writer, trailers, bytes);
  }

  onEnd(): void {
    if (!this.isTunnel) {
      this.connection = null;
      this.responseBody.end(this.session.writer);
      this.finish(this.persistence.closing || !this.requestBody.done);
      return;
    }
    this.serverHasEnded = true;
    if (this.clientHasEnded) this.finish(true);
    else this.session.endTunnel();
  }

  onWritable(): void {
    this.session.proceed();
  }

  onFailure(failure: HttpFailure): void {
    this.connection = null;
    if (this.isTunnel) this.finish(true);
    else if (this.status > 0) {
      countFailure(this.route!, this.session, failure);
      this.error = outcomes[failure.end].http.answer;
      this.cutOff();
    } else this.recover(failure);
  }

  private reset(head: RequestParser, bytes: Buffer): void {
    const { session } = this;
    const { limits, upgrade } = session.host.options;
    this.active = true;
    this.method = head.method;
    this.arrived = this.start = this.heardAt = session.turn.now;
    this.deadline = Number.POSITIVE_INFINITY;
    this.sentAt = this.status = 0;
    this.attempts.reset();
    this.route = this.server = this.connection = this.error = null;
    this.clientHasEnded = this.serverHasEnded = false;
    this.cookie = "";
    this.awaitsContinue = head.expectContinue;
    this.persistence.begin(head, limits.requests > 0 && session.requests >= limits.requests);
    this.upgrade = head.upgrade && upgrade && !offersHttp2(head, bytes);
    this.forwards = forwardsLeft(head, bytes);
    this.requestBody.begin(head, limits.body);
    this.responseBody.begin(framing.none, this.persistence.old);
    this.replay.begin(head, bytes);
  }

  /** Sends the request to the server that its key, or the failure of another one, leads to. */
  private attempt(head: RequestParser, bytes: Buffer): void {
    const { session, attempts } = this;
    const { pool, keys } = this.route!;
    keys.find(head, bytes, session.client);
    if (keys.affinity !== null) this.cookie = keys.useCookie(affinityCookie(keys.affinity));
    const server = pool.pick(keys.bytes, keys.start, keys.end, attempts.tried);
    this.server = server;
    if (server === null || attempts.excludes(server)) {
      this.fail(attempts.unreachable ?? pool.noServer());
      return;
    }
    if (attempts.isRepeat) pool.block[HTTP_POOL.retries]! += 1;
    attempts.count++;
    const refusal = server.turnAway(pool.panic);
    if (refusal !== null) {
      this.recover(refusal);
      return;
    }
    this.start = session.turn.now;
    this.current = bytes;
    server.begin(this);
    attempts.fresh = false;
    this.current = null;
  }

  /** An attempt has failed before the client got a head: makes another, or answers. */
  private recover(failure: HttpFailure): void {
    const { pool } = this.route!;
    if (this.attempts.follows(failure, this.server!, pool, this.repeatable)) this.tryAgain();
    else this.fail(failure);
  }

  private get repeatable(): Repeatable {
    const { method, replay, session, deadline } = this;
    return { method, complete: replay.complete, inTime: session.turn.now < deadline };
  }

  private tryAgain(): void {
    const { parser } = this.session.host;
    this.sentAt = 0;
    this.attempt(parser, this.replay.parse(parser));
  }

  /** Lets go of the attempt under way, if there is one. */
  private dropAttempt(): void {
    const { connection, server } = this;
    this.connection = null;
    server?.abandon(this, connection);
  }

  /** Nothing good will come of the attempt under way. */
  private giveUp(end: HttpFailing, reason?: string): void {
    const { server } = this;
    const failure = server!.failure(end, reason);
    this.dropAttempt();
    server!.judge(failure);
    this.fail(failure);
  }

  /** No answer will come from upstream: gives one. */
  private fail(failure: HttpFailure): void {
    countFailure(this.route!, this.session, failure);
    this.answer(outcomes[failure.end].http.answer);
  }

  /** The client has done what it must not. */
  private refuse(code: OwnAnswer, kind: HttpClientError): void {
    this.session.count(kind);
    this.dropAttempt();
    this.error = code;
    if (this.status > 0) this.cutOff();
    else this.answer(code);
  }

  /** An answer that has begun cannot be completed: the client must not take it for a whole one. */
  private cutOff(): void {
    const { session, responseBody } = this;
    this.settle();
    // Where length or chunks tell how much is missing, the client gets what there is.
    if (responseBody.endsWithConnection) session.reset();
    else session.end();
  }

  private answer(code: OwnAnswer): void {
    const { session, persistence } = this;
    // What is left of a request's body would be taken for the next request.
    persistence.settle(this.mustClose || session.leaving);
    this.error = code;
    this.status = ownAnswers[code].status;
    countOwnAnswer(this.route, code);
    session.answer(code, persistence.header, this.method !== method.HEAD);
    this.finish(persistence.closing);
  }

  /** The request may be forwarded no more: it is podmate's to answer. */
  private answerAsLast(head: RequestParser, bytes: Buffer): void {
    const { session, persistence } = this;
    persistence.settle(this.mustClose || session.leaving);
    this.status = 200;
    countFinalAnswer(session.host, this.route!);
    const date = new Date(session.turn.clock.wall()).toUTCString();
    session.writer.appendLatin1(finalAnswer(head, bytes, persistence.header, date));
    this.finish(persistence.closing);
  }

  /** Everything is said. */
  private finish(close: boolean): void {
    if (!this.active) return;
    this.settle();
    this.session.exchangeEnded(close);
  }

  /** Counts the exchange and makes the record free. */
  private settle(): void {
    const { session } = this;
    this.active = false;
    this.connection = null;
    this.replay.drop();
    countEnd(session.host, this, session.turn.now);
    if (this.logged !== null) session.host.accessLog.end(this.logged, this, session.turn.now);
    this.isTunnel = false;
    this.route = this.server = null;
  }
}
