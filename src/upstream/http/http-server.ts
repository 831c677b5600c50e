import { type Address, formatAddress, sameAddress } from "../../core/address.ts";
import type { OpenConnection } from "../../core/open-connection.ts";
import type { TurnClock } from "../../core/turn-clock.ts";
import { record } from "../../observe/histogram.ts";
import { classOfStatus, fault, httpUpstreamError } from "../../observe/http-metric-labels.ts";
import { HTTP_SERVER } from "../../observe/metric-layout.ts";
import { FailureCount, failureWords } from "../health/failure-count.ts";
import type { ServerReport } from "../health/server-report.ts";
import { SharedConnections } from "../http2/shared-connections.ts";
import { failing, type HttpFailing } from "../outcomes.ts";
import type { PoolOptions, ServerOptions } from "../pool-options.ts";
import type { UpstreamHost } from "../upstream-host.ts";
import type { CallConnection } from "./call-connection.ts";
import { ConnectionPool } from "./connection-pool.ts";
import type { HttpCall } from "./http-call.ts";
import type { HttpFailure } from "./http-failure.ts";
import type { HttpPoolOptions } from "./http-pool-options.ts";
import type { HttpTarget } from "./open-socket.ts";
import { failureReasons, type ServerConnections } from "./server-connections.ts";

/** First and longest pause between attempts to connect, in ms; requests in between fail at once. */
const firstPause = 50;
const longestPause = 1_000;

/** Fields in an answer's head; the limit on its length is the one that counts. */
const mostHeaders = 1_000;

/** Ends that come of a connection's end, which others may share. */
const endsOfConnections: ReadonlySet<HttpFailing> = new Set<HttpFailing>([
  "refused",
  "connectTimeout",
  "handshake",
  "lost",
  "truncated",
  "protocol",
]);

/** Ends of calls that came to a connection as the server left it. */
const notReached: ReadonlySet<HttpFailing> = new Set<HttpFailing>(["keptUnsent", "keptLost", "unprocessed"]);

/** One member of an HTTP pool as this thread sees it: its connections, its failures, its counters. */
export class HttpServer {
  readonly options: ServerOptions;
  readonly turn: TurnClock;
  readonly block: Float64Array;
  readonly connectTimeout: number;
  readonly headTimeout: number;
  readonly bodyTimeout: number;
  readonly headLimits: { readonly head: number; readonly headers: number };
  /** Value of Host where the servers want their own. */
  readonly hostHeader: Buffer;
  /** Out of service by decision of the control plane. */
  ejected = false;
  /** Calls that have begun and have not ended, those that wait for a connection included. */
  inFlight = 0;
  /** Since when it takes its share of the requests, in ms. */
  readySince: number;
  /** All has ended: what fails from now on is nobody's fault. */
  closed = false;
  readonly pool: PoolOptions;
  private readonly http: HttpPoolOptions;
  private readonly host: UpstreamHost;
  private readonly failures: FailureCount;
  private readonly connections: ServerConnections;
  private resolved: Address | null = null;
  /** Not before this time is a connection tried again. */
  private connectAfter = 0;
  private connectPause = 0;
  /** Why the last attempt to connect has failed: that is also why nothing is sent in the pause after it. */
  private connectReason = failureReasons.connect;
  /** Calls that have got a connection; and how many had when the end of one was last held against the server. */
  private calls = 0;
  private callsAtLoss = 0;

  constructor(pool: PoolOptions, options: ServerOptions, host: UpstreamHost) {
    const { http } = pool;
    if (http === undefined) throw new Error(`pool ${pool.name} does not speak HTTP`);
    this.pool = pool;
    this.http = http;
    this.options = options;
    this.host = host;
    this.turn = host.turn;
    this.block = host.block("httpServer", `${pool.name}/${options.id}`);
    this.connectTimeout = pool.connect_timeout;
    this.headTimeout = pool.timeout;
    this.bodyTimeout = http.body_timeout;
    this.headLimits = { head: http.head_limit, headers: mostHeaders };
    this.hostHeader = Buffer.from("path" in options.address ? "localhost" : formatAddress(options.address));
    this.failures = new FailureCount(pool.eject);
    this.readySince = host.turn.now;
    const limits = { ...http, connections: pool.connections };
    this.connections =
      http.version === 2 ? new SharedConnections(this, limits) : new ConnectionPool(this, limits);
  }

  get id(): string {
    return this.options.id;
  }

  /** Why no call can be begun now, or null. `panic`: who is ejected serves all the same. */
  refusal(panic: boolean): HttpFailing | null {
    if (this.ejected && !panic) return "ejected";
    if (this.inFlight >= this.pool.limits.requests) return "busy";
    if (this.connections.hasFree) return null;
    if (this.isUnreachable) return "connectPause";
    return this.connections.isFull ? "busy" : null;
  }

  /** The failure of a call that cannot be begun now; null if it can. */
  turnAway(panic: boolean): HttpFailure | null {
    const end = this.refusal(panic);
    if (end === null) return null;
    const failure = this.failure(end);
    this.judge(failure);
    return failure;
  }

  /** A connection could not be opened a moment ago. */
  get isUnreachable(): boolean {
    return this.connectAfter > this.turn.now;
  }

  /** Begins a call that `refusal` does not speak against. */
  begin(call: HttpCall): void {
    this.block[HTTP_SERVER.requests]! += 1;
    this.block[HTTP_SERVER.requestsInFlight]! += 1;
    this.inFlight++;
    this.host.wake();
    this.connections.begin(call);
  }

  /** Forgets a call that nobody wants the answer of. */
  abandon(call: HttpCall, connection: CallConnection | null): void {
    if (connection !== null) {
      connection.abandon();
      this.finished();
    } else if (this.connections.forget(call)) this.finished();
  }

  failure(end: HttpFailing, reason?: string): HttpFailure {
    if (end === "connectPause") return { end, server: this.id, reason: this.connectReason };
    const { error } = failing(end).http;
    return { end, server: this.id, reason: reason ?? (error === null ? "" : failureReasons[error]) };
  }

  /** A head of an answer has come. */
  heard(call: HttpCall, status: number): void {
    if (status < 200 && status !== 101) return;
    const { block } = this;
    block[HTTP_SERVER.responses + classOfStatus(status)]! += 1;
    record(block, HTTP_SERVER.timeToHead, (this.turn.now - call.start) * 1000);
    if (this.http.fail_on.includes(status)) this.failed(`status ${status}`);
    else if (this.failures.succeeded()) this.tell("recovered", "answers again");
  }

  /** A call has come to its end. */
  finished(): void {
    this.inFlight--;
    this.block[HTTP_SERVER.requestsInFlight]! -= 1;
  }

  /** A connection stands: attempts may follow at once again. */
  connected(): void {
    this.connectAfter = 0;
    this.connectPause = 0;
    this.block[HTTP_SERVER.openConnections]! += 1;
  }

  /** A connection that stood has ended. */
  disconnected(): void {
    this.block[HTTP_SERVER.openConnections]! -= 1;
  }

  /** A call has got a connection; returns its number, to be given back when it fails. */
  taken(): number {
    return ++this.calls;
  }

  /** A call has ended without a whole answer. `call`: its number. */
  callFailed(failure: HttpFailure, call: number): void {
    this.finished();
    this.judge(failure, call);
  }

  /** Ends a call that has never had a connection. */
  refuse(call: HttpCall, end: HttpFailing): void {
    this.finished();
    const failure = this.failure(end);
    this.judge(failure);
    call.onFailure(failure);
  }

  /**
   * An attempt has failed: counts it, says so, and holds it against the server if that is to blame. `call`: its number, if
   * it had a connection. Of the calls that were under way together when connections ended, one counts: that is one event.
   */
  judge({ end, reason }: HttpFailure, call = Number.POSITIVE_INFINITY): void {
    const { block } = this;
    const outcome = failing(end);
    const { error } = outcome.http;
    if (error !== null) block[HTTP_SERVER.errors + httpUpstreamError[error]]! += 1;
    if (notReached.has(end)) block[HTTP_SERVER.reusedFailures]! += 1;
    if (this.closed || outcome.fault === "nobody") return;
    block[HTTP_SERVER.failures + fault[outcome.fault]]! += 1;
    if (endsOfConnections.has(end)) {
      if (outcome.counts && error === "connect") {
        this.connectReason = reason;
        this.pauseConnecting();
      }
      if (call <= this.callsAtLoss) return;
      this.callsAtLoss = this.calls;
    }
    if (outcome.log !== null) {
      const fields = { pool: this.pool.name, server: this.id, kind: error, fault: outcome.fault, reason };
      this.host.log(outcome.log, fields, "request to server failed");
    }
    if (outcome.counts) this.failed(failureWords(error ?? end, reason));
  }

  /** Where to connect, and how. */
  target(): HttpTarget {
    return {
      address: this.resolved ?? this.options.address,
      keepAlive: this.pool.tcp_keepalive,
      tls: this.pool.tls === null ? null : this.host.tlsOf(this.pool, this.options),
    };
  }

  eject(): void {
    this.ejected = true;
  }

  /** Back in service, with a clean slate: what was held against it is over. */
  readmit(): void {
    this.ejected = false;
    this.failures.reset();
    this.connectAfter = 0;
    this.connectPause = 0;
    this.readySince = this.turn.now;
  }

  /** The address a name stands for has changed: new connections go there, old ones end when they are idle. */
  resolve(address: Address): void {
    const moved = this.resolved !== null && !sameAddress(this.resolved, address);
    this.resolved = address;
    if (moved) this.connections.outdate(false);
  }

  /** No new requests come: closes each connection once its answer is in. */
  retire(): void {
    this.connections.outdate(true);
  }

  get idle(): boolean {
    return this.inFlight === 0 && this.connections.idle;
  }

  openConnections(): Iterable<OpenConnection> {
    return this.connections.all();
  }

  /** Regular work: timeouts, and connections that have been idle for too long. */
  sweep(now: number): void {
    this.connections.sweep(now);
  }

  /** Ends all connections at once. */
  close(): void {
    this.closed = true;
    this.connections.close();
  }

  private pauseConnecting(): void {
    // Several that were begun together have failed as one.
    if (this.isUnreachable) return;
    this.connectPause = Math.min(longestPause, Math.max(firstPause, 2 * this.connectPause));
    this.connectAfter = this.turn.now + this.connectPause;
  }

  private failed(reason: string): void {
    if (this.failures.failed(this.turn.now)) this.tell("failing", reason);
  }

  private tell(state: ServerReport["state"], reason: string): void {
    this.host.report({ pool: this.pool.name, server: this.id, state, reason });
  }
}
