import { type Address, formatAddress } from "../../core/address.ts";
import type { TurnClock } from "../../core/turn-clock.ts";
import { record } from "../../observe/histogram.ts";
import { type HttpUpstreamError, httpUpstreamError } from "../../observe/http-metric-labels.ts";
import { HTTP_SERVER } from "../../observe/metric-layout.ts";
import { FailureCount } from "../failure-count.ts";
import type { PoolOptions, ServerOptions } from "../pool-options.ts";
import { sameAddress, type UpstreamHost } from "../server.ts";
import type { ServerReport } from "../server-report.ts";
import type { HttpCall } from "./http-call.ts";
import { HttpConnection, type HttpTarget } from "./http-connection.ts";
import type { HttpFailure } from "./http-failure.ts";
import type { HttpPoolOptions } from "./http-pool-options.ts";

/** First and longest pause between attempts to connect, in ms; requests in between fail at once. */
const firstPause = 50;
const longestPause = 1_000;

/** Fields in an answer's head; the limit on its length is the one that counts. */
const mostHeaders = 1_000;

/** One member of an HTTP pool as this thread sees it: its connections, who waits for one, its failures, its counters. */
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
  private readonly pool: PoolOptions;
  private readonly http: HttpPoolOptions;
  private readonly host: UpstreamHost;
  private readonly failures: FailureCount;
  /** Connections without a call; the one used last is used next, so that the others grow old and go. */
  private readonly idleConnections: HttpConnection[] = [];
  private readonly busyConnections = new Set<HttpConnection>();
  private waiting: HttpCall[] = [];
  private resolved: Address | null = null;
  private closed = false;
  /** No connection serves another call: the server is no longer in use, or has moved. */
  private readonly outdated = new WeakSet<HttpConnection>();
  private retired = false;
  /** Not before this time is a connection tried again. */
  private connectAfter = 0;
  private connectPause = 0;

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
  }

  get id(): string {
    return this.options.id;
  }

  /** Why no call can be begun now, or null. `panic`: who is ejected serves all the same. */
  refusal(panic: boolean): HttpUpstreamError | null {
    if (this.ejected && !panic) return "ejected";
    if (this.inFlight >= this.pool.limits.requests) return "busy";
    if (this.idleConnections.length > 0) return null;
    if (this.connectAfter > this.turn.now) return "connect";
    const full = this.busyConnections.size >= this.pool.connections;
    return full && this.waiting.length >= this.http.pending ? "busy" : null;
  }

  /** Begins a call that `refusal` does not speak against: on an idle connection, a new one, or once one is free. */
  begin(call: HttpCall): void {
    this.block[HTTP_SERVER.requests]! += 1;
    this.block[HTTP_SERVER.requestsInFlight]! += 1;
    this.inFlight++;
    this.host.wake();
    const idle = this.idleConnections.pop();
    if (idle !== undefined) {
      this.block[HTTP_SERVER.idleConnections]! -= 1;
      this.lend(idle, call);
    } else if (this.busyConnections.size < this.pool.connections) {
      this.lend(new HttpConnection(this), call);
    } else {
      this.waiting.push(call);
      this.block[HTTP_SERVER.pendingRequests]! += 1;
    }
  }

  /** Forgets a call that nobody wants the answer of. */
  abandon(call: HttpCall, connection: HttpConnection | null): void {
    if (connection !== null) {
      connection.abandon();
      this.finished();
      return;
    }
    const at = this.waiting.indexOf(call);
    if (at < 0) return;
    this.waiting.splice(at, 1);
    this.block[HTTP_SERVER.pendingRequests]! -= 1;
    this.finished();
  }

  failure(kind: HttpUpstreamError, reason = reasons[kind]): HttpFailure {
    return { kind, server: this.id, reason, stale: false };
  }

  /** A head of an answer has come. */
  heard(call: HttpCall, status: number): void {
    if (status < 200 && status !== 101) return;
    const { block } = this;
    block[HTTP_SERVER.responses + ((status / 100) | 0) - 1]! += 1;
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

  /** A connection has served its call. */
  released(connection: HttpConnection, reusable: boolean): void {
    const most = this.http.requests_per_connection;
    const worn = most > 0 && connection.calls >= most;
    if (!reusable || worn || this.retired || this.closed || this.outdated.has(connection)) {
      connection.close("connection_lost", "no longer in use");
      return;
    }
    const next = this.waiting.shift();
    if (next !== undefined) {
      this.block[HTTP_SERVER.pendingRequests]! -= 1;
      connection.take(next);
    } else {
      this.busyConnections.delete(connection);
      this.idleConnections.push(connection);
      this.block[HTTP_SERVER.idleConnections]! += 1;
    }
  }

  /** A connection has come to its end, with `call` on it or idle. */
  connectionClosed(
    connection: HttpConnection,
    wasOpen: boolean,
    call: HttpCall | null,
    { kind, reason, stale }: HttpFailure,
  ): void {
    if (wasOpen) this.block[HTTP_SERVER.openConnections]! -= 1;
    if (!this.busyConnections.delete(connection)) {
      const at = this.idleConnections.indexOf(connection);
      if (at >= 0) {
        this.idleConnections.splice(at, 1);
        this.block[HTTP_SERVER.idleConnections]! -= 1;
      }
    }
    if (call !== null) {
      this.finished();
      this.block[HTTP_SERVER.errors + httpUpstreamError[kind]]! += 1;
      if (stale) this.block[HTTP_SERVER.reusedFailures]! += 1;
      else if (!this.closed) this.note(kind, reason);
    }
    this.serveWaiting();
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
    if (moved) this.outdate();
  }

  /** No new requests come: closes each connection once its answer is in. */
  retire(): void {
    this.retired = true;
    this.outdate();
  }

  get idle(): boolean {
    return this.inFlight === 0 && this.busyConnections.size === 0 && this.idleConnections.length === 0;
  }

  /** Regular work: timeouts, and connections that have been idle for too long. */
  sweep(now: number): void {
    for (const connection of this.busyConnections) connection.checkTime(now);
    // The oldest stand first.
    const { idle_timeout } = this.http;
    while (this.idleConnections.length > 0 && now - this.idleConnections[0]!.lastHeard >= idle_timeout) {
      this.idleConnections[0]!.close("connection_lost", "idle");
    }
    if (this.waiting.length > 0) this.expireWaiting(now);
  }

  /** Ends all connections at once. */
  close(): void {
    this.closed = true;
    for (const connection of [...this.busyConnections, ...this.idleConnections]) {
      connection.close("connection_lost", "shut down");
    }
  }

  private lend(connection: HttpConnection, call: HttpCall): void {
    this.busyConnections.add(connection);
    connection.take(call);
  }

  private outdate(): void {
    for (const connection of this.busyConnections) this.outdated.add(connection);
    for (const connection of [...this.idleConnections])
      connection.close("connection_lost", "no longer in use");
  }

  /** There may be room for those who wait, or nobody whom they could wait for. */
  private serveWaiting(): void {
    while (this.waiting.length > 0 && this.busyConnections.size < this.pool.connections) {
      const call = this.waiting.shift()!;
      this.block[HTTP_SERVER.pendingRequests]! -= 1;
      if (this.closed || this.connectAfter > this.turn.now)
        this.refuse(call, this.closed ? "busy" : "connect");
      else this.lend(new HttpConnection(this), call);
    }
  }

  private expireWaiting(now: number): void {
    const late = (call: HttpCall) =>
      now >= call.deadline || (this.headTimeout > 0 && now - call.start >= this.headTimeout);
    const expired = this.waiting.filter(late);
    if (expired.length === 0) return;
    this.waiting = this.waiting.filter((call) => !late(call));
    this.block[HTTP_SERVER.pendingRequests]! -= expired.length;
    for (const call of expired) this.refuse(call, "busy");
  }

  /** Ends a call that has never had a connection. */
  private refuse(call: HttpCall, kind: HttpUpstreamError): void {
    this.finished();
    this.block[HTTP_SERVER.errors + httpUpstreamError[kind]]! += 1;
    call.onFailure(this.failure(kind));
  }

  private note(kind: HttpUpstreamError, reason: string): void {
    if (kind === "connect") {
      this.connectPause = Math.min(longestPause, Math.max(firstPause, 2 * this.connectPause));
      this.connectAfter = this.turn.now + this.connectPause;
    }
    this.host.log(
      "warn",
      { pool: this.pool.name, server: this.id, kind, reason },
      "request to server failed",
    );
    this.failed(`${kind}: ${reason}`);
  }

  private failed(reason: string): void {
    if (this.failures.failed(this.turn.now)) this.tell("failing", reason);
  }

  private tell(state: ServerReport["state"], reason: string): void {
    this.host.report({ pool: this.pool.name, server: this.id, state, reason });
  }
}

const reasons: Readonly<Record<HttpUpstreamError, string>> = {
  timeout: "no answer in time",
  connect: "no connection",
  connection_lost: "connection lost",
  protocol: "an answer that is none",
  truncated: "the answer was cut off",
  busy: "too many requests are waiting for it",
  ejected: "out of service",
  server_error: "a status that counts as failure",
  no_server: "no server is in service",
  body_timeout: "it stopped in the middle",
};
