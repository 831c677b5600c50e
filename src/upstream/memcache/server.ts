import { type Address, sameAddress } from "../../core/address.ts";
import type { OpenConnection } from "../../core/open-connection.ts";
import type { TurnClock } from "../../core/turn-clock.ts";
import { histogramLength, record } from "../../observe/histogram.ts";
import { command, upstreamError } from "../../observe/metric-labels.ts";
import { SERVER } from "../../observe/metric-layout.ts";
import { FailureCount, failureWords } from "../health/failure-count.ts";
import type { ServerReport } from "../health/server-report.ts";
import { type MemcacheFailing, memcacheFailing } from "../outcomes.ts";
import type { PoolOptions, ServerOptions } from "../pool-options.ts";
import type { UpstreamHost } from "../upstream-host.ts";
import type { Call } from "./call.ts";
import { Connection, type Target } from "./connection.ts";
import { type Failure, failureAt } from "./failure.ts";
import { LentConnections } from "./lent-connections.ts";
import type { Checkable } from "./step-check.ts";

/** First and longest pause between attempts to connect, in ms; requests in between fail at once, or go elsewhere. */
const firstPause = 50;
const longestPause = 1_000;
/** Attempts in a row that may fail without a pause: enough for the usual `eject.failures`, so that a burst ejects. */
const mostWithoutPause = 3;

/** One member of a pool as this thread sees it: its connections, its failures, its counters. */
export class Server {
  readonly options: ServerOptions;
  readonly turn: TurnClock;
  readonly block: Float64Array;
  readonly connectTimeout: number;
  /** Out of service by decision of the control plane. */
  ejected = false;
  readonly connections: Connection[];
  readonly pool: PoolOptions;
  private readonly host: UpstreamHost;
  private readonly auth: Buffer | null;
  private readonly failures: FailureCount;
  /** For large values, which go alone. */
  readonly lent: LentConnections;
  /** Connections of an earlier address, or of a server no longer in use, that still wait for replies. */
  private leaving: Connection[] = [];
  private resolved: Address | null = null;
  /** It does not know `ms`, and so runs the values of such requests. */
  private runsValues = false;
  /** Whether its connections can be checked for being in step. */
  checkable: Checkable = "unknown";
  private hangUps = 0;
  private closed = false;
  /** Not before this time is a connection tried again. */
  private connectAfter = 0;
  private connectPause = 0;
  /** Why not. */
  private pauseEnd: "connectPause" | "exhausted" = "connectPause";
  /** Attempts to connect that have failed in a row. */
  private refusals = 0;
  /** Until then it is taken for unreachable by those who look for a substitute. */
  private unreachableUntil = 0;
  /** The pool lets the keys of a server that is down go to others. */
  readonly keysMove: boolean;
  /**
   * Counts what has happened to the server. A connection remembers the count of when it was opened: what ends several of
   * them at one moment is one failure, the first, for with that the count goes on.
   */
  event = 0;

  constructor(pool: PoolOptions, options: ServerOptions, host: UpstreamHost) {
    this.pool = pool;
    this.options = options;
    this.host = host;
    this.turn = host.turn;
    this.block = host.block("server", `${pool.name}/${options.id}`);
    this.connectTimeout = pool.connect_timeout;
    this.failures = new FailureCount(pool.eject);
    this.keysMove = pool.eject?.on_eject === "rehash";
    this.auth = pool.auth === null ? null : authBytes(pool.auth.username, pool.auth.password);
    this.lent = new LentConnections(() => new Connection(this), pool.limits.large_values);
    this.connections = Array.from({ length: pool.connections }, () => new Connection(this));
    if (pool.preconnect) this.connectAll();
  }

  /** There is something to watch over from now on. */
  wake(): void {
    this.host.wake();
  }

  /** The connection that the key at bytes[start, end) keeps to. */
  connectionFor(bytes: Uint8Array, start: number, end: number): Connection {
    const { connections } = this;
    if (connections.length === 1) return connections[0]!;
    let hash = 0;
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
    return connections[(hash >>> 0) % connections.length]!;
  }

  /** Why no request of `index` (observe/metric-labels.ts) can be sent on `connection` now, or null. */
  refusal(connection: Connection, index: number): MemcacheFailing | null {
    if (this.ejected) return "ejected";
    if (index === command.ms && this.runsValues) return "valueRefused";
    const { limits } = this.pool;
    if (connection.inFlight >= limits.requests || connection.writer.backlog > limits.bytes) return "busy";
    if (this.connectAfter > this.turn.now && !connection.isOpen) return this.pauseEnd;
    return null;
  }

  /** A connection could not be opened a moment ago. */
  get isUnreachable(): boolean {
    return this.unreachableUntil > this.turn.now;
  }

  failure(end: MemcacheFailing, reason?: string): Failure {
    return failureAt(this.options.id, end, reason);
  }

  /** A request cannot be sent to it, as `refusal` says: counts that, and holds it against the server if that is to blame. */
  turnAway(end: MemcacheFailing): Failure {
    const failure = this.failure(end);
    this.block[SERVER.errors + upstreamError[failure.kind]]! += 1;
    if (memcacheFailing(end).counts) this.failed(failureWords(failure.kind, failure.reason));
    return failure;
  }

  eject(): void {
    this.ejected = true;
  }

  /** Back in service, with a clean slate: what was held against it is over. */
  readmit(): void {
    this.ejected = false;
    this.failures.reset();
    this.connected();
  }

  /** Ends a call that will get no answer. */
  fail(call: Call, end: MemcacheFailing, reason?: string): void {
    const failure = this.failure(end, reason);
    this.block[SERVER.errors + upstreamError[failure.kind]]! += 1;
    call.onFailure(failure);
  }

  /** Counts an answer that came in time. */
  answered(call: Call): void {
    const micros = (this.turn.now - call.start) * 1000;
    record(this.block, SERVER.responseDuration + call.command * histogramLength, micros);
    if (call.failed && call.serverFailed) this.block[SERVER.errors + upstreamError.server_error]! += 1;
    if (!this.failures.isClean) this.wellAgain();
  }

  /** A connection stands: attempts may follow at once again. */
  connected(): void {
    this.connectAfter = 0;
    this.connectPause = 0;
    this.refusals = 0;
    this.unreachableUntil = 0;
  }

  /** Counts a request that could not be sent to it and has gone to another server. */
  countMoved(): void {
    this.block[SERVER.errors + upstreamError.connect]! += 1;
  }

  /** It has answered `ms` as one that does not know it: it gets no more of them until it may be another version. */
  hasRunValue(): void {
    this.runsValues = true;
  }

  /** `waiting`: requests that nobody has given up before. */
  connectionLost(connection: Connection, end: MemcacheFailing, reason: string, waiting: number): void {
    this.lent.forget(connection);
    const { memcache, counts, fault, log } = memcacheFailing(end);
    const kind = memcache.error;
    // It may be a new one that is connected to next.
    if (kind !== "protocol") this.runsValues = false;
    if (this.closed || end === "shutDown") return;
    // A server may close an idle connection; that is no failure.
    if (waiting === 0 && counts && kind === "connection_lost") return;
    const isNew = connection.event === this.event;
    // What is nobody's fault, or a client's, says nothing of what ends the other connections.
    if (isNew && (counts || kind === "exhausted")) this.event++;
    if (isNew && (kind === "connect" || kind === "exhausted")) this.couldNotConnect(kind);
    if (log !== null) {
      const fields = { pool: this.pool.name, server: this.options.id, kind, fault, reason, waiting };
      this.host.log(log, fields, "server connection lost");
    }
    if (isNew && counts) this.failed(failureWords(kind, reason));
  }

  /** Requests have failed on a connection that goes on. */
  private requestsFailed(end: MemcacheFailing, reason: string): void {
    const { memcache, counts, fault, log } = memcacheFailing(end);
    const kind = memcache.error;
    if (log !== null) {
      const fields = { pool: this.pool.name, server: this.options.id, kind, fault, reason };
      this.host.log(log, fields, "requests to server failed");
    }
    if (counts) this.failed(failureWords(kind, reason));
  }

  private couldNotConnect(kind: "connect" | "exhausted"): void {
    const { now } = this.turn;
    const { eject } = this.pool;
    if (kind === "connect") this.unreachableUntil = now + longestPause;
    this.pauseEnd = kind === "connect" ? "connectPause" : kind;
    const free = eject === null || kind === "exhausted" ? 0 : Math.min(mostWithoutPause, eject.failures);
    if (++this.refusals < free) return;
    this.connectPause = Math.min(longestPause, Math.max(firstPause, 2 * this.connectPause));
    this.connectAfter = now + this.connectPause;
  }

  /** Its first answer, or the first after failures. What ends its connections from now on is another event. */
  private wellAgain(): void {
    for (const connection of this.connections) connection.event = this.event;
    for (const connection of this.lent.all()) connection.event = this.event;
    if (this.failures.succeeded()) this.tell("recovered", "answers again");
  }

  /** A connection was checked; `refused`: the server answers with an error. */
  stepChecked(refused: boolean): void {
    if (refused && this.checkable !== "no") {
      const fields = { pool: this.pool.name, server: this.options.id };
      this.host.log("info", fields, "server does not answer version: its connections are not checked");
    }
    this.checkable = refused ? "no" : "yes";
  }

  /** A server that was never seen to answer has hung up in place of an answer, as old versions of twemproxy do. */
  hungUpOnCheck(): void {
    // Once, it may have been on its way down.
    if (this.checkable === "unknown" && ++this.hangUps > 1) this.stepChecked(true);
  }

  /** Where to connect, how, and as whom. */
  target(): Target {
    const { address } = this.options;
    return {
      address: this.resolved ?? address,
      keepAlive: this.pool.tcp_keepalive,
      tls: this.pool.tls === null ? null : this.host.tlsOf(this.pool, this.options),
      auth: this.auth,
    };
  }

  /** The address a name stands for has changed: new connections go there, old ones end when they are idle. */
  resolve(address: Address): void {
    const moved = this.resolved !== null && !sameAddress(this.resolved, address);
    // What was refused elsewhere says nothing of the new address.
    if (this.resolved === null || moved) this.connected();
    this.resolved = address;
    if (!moved) return;
    for (let i = 0; i < this.connections.length; i++) {
      const old = this.connections[i]!;
      this.connections[i] = new Connection(this);
      this.leaving.push(old);
    }
    this.lent.outdate();
    this.closeIdle();
  }

  /** No new requests come: closes each connection once its replies are in. */
  retire(): void {
    this.lent.outdate();
    this.leaving.push(...this.connections);
    this.closeIdle();
  }

  *openConnections(): Generator<OpenConnection> {
    yield* this.connections;
    yield* this.leaving;
    yield* this.lent.all();
  }

  get idle(): boolean {
    return (
      this.leaving.length === 0 &&
      this.lent.inUse.size === 0 &&
      this.connections.every((connection) => connection.idle)
    );
  }

  /** Regular work: timeouts, and connections that are on their way out. */
  sweep(now: number): void {
    const { timeout } = this.pool;
    let failed: MemcacheFailing | null = null;
    for (const connection of this.connections) failed = connection.expire(now, timeout) ?? failed;
    for (const connection of this.lent.inUse) failed = connection.expire(now, timeout) ?? failed;
    this.lent.expire(now);
    if (this.leaving.length > 0) {
      for (const connection of this.leaving) connection.expire(now, timeout);
      this.closeIdle();
    }
    for (const connection of this.connections) connection.checkStep(now);
    if (failed !== null) this.requestsFailed(failed, `no answer within ${timeout} ms`);
    let backlog = 0;
    for (const connection of this.connections) backlog += connection.writer.backlog;
    this.block[SERVER.queuedBytes] = backlog;
  }

  /** Ends all connections at once. */
  close(): void {
    this.closed = true;
    for (const connection of [...this.leaving, ...this.connections]) {
      connection.lose("shutDown", "shut down");
    }
    this.leaving = [];
    this.lent.close();
  }

  connectAll(): void {
    for (const connection of this.connections) connection.connect();
  }

  private closeIdle(): void {
    this.leaving = this.leaving.filter((connection) => {
      if (connection.inFlight > 0) return true;
      connection.lose("shutDown", "no longer in use");
      return false;
    });
  }

  private failed(reason: string): void {
    if (this.failures.failed(this.turn.now)) this.tell("failing", reason);
  }

  private tell(state: ServerReport["state"], reason: string): void {
    this.host.report({ pool: this.pool.name, server: this.options.id, state, reason });
  }

  /** Counts a request that goes to this server. */
  countRequest(command: number): void {
    this.block[SERVER.requests + command]! += 1;
  }
}

/** memcached's ASCII authentication (doc/protocol.txt, "Authentication"): a set whose value is the credentials. */
function authBytes(username: string, password: string): Buffer {
  const value = Buffer.from(`${username} ${password}`);
  return Buffer.concat([Buffer.from(`set auth 0 0 ${value.length}\r\n`), value, Buffer.from("\r\n")]);
}
