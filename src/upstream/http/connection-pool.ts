import { HTTP_SERVER } from "../../observe/metric-layout.ts";
import type { HttpCall } from "./http-call.ts";
import { HttpConnection } from "./http-connection.ts";
import type { HttpServer } from "./http-server.ts";
import type { ConnectionLimits, ServerConnections } from "./server-connections.ts";
import { WaitingCalls } from "./waiting-calls.ts";

/** The HTTP/1.1 connections to one server: each serves one call at a time, and is kept for the next. */
export class ConnectionPool implements ServerConnections {
  private readonly server: HttpServer;
  private readonly limits: ConnectionLimits;
  /** Connections without a call; the one used last is used next, so that the others grow old and go. */
  private readonly free: HttpConnection[] = [];
  private readonly busy = new Set<HttpConnection>();
  private readonly waiting: WaitingCalls;
  /** No connection serves another call: the server is no longer in use, or has moved. */
  private readonly outdated = new WeakSet<HttpConnection>();
  private retired = false;

  constructor(server: HttpServer, limits: ConnectionLimits) {
    this.server = server;
    this.limits = limits;
    this.waiting = new WaitingCalls(server.block);
  }

  get hasFree(): boolean {
    return this.free.length > 0;
  }

  get isFull(): boolean {
    return this.busy.size >= this.limits.connections && this.waiting.length >= this.limits.pending;
  }

  get idle(): boolean {
    return this.busy.size === 0 && this.free.length === 0;
  }

  all(): readonly HttpConnection[] {
    return [...this.busy, ...this.free];
  }

  begin(call: HttpCall): void {
    if (call.fresh) this.closeFree("closed as others were");
    const free = this.free.pop();
    if (free !== undefined) {
      this.server.block[HTTP_SERVER.idleConnections]! -= 1;
      this.lend(free, call);
    } else if (this.busy.size < this.limits.connections) this.lend(this.connect(), call);
    else this.waiting.add(call);
  }

  forget(call: HttpCall): boolean {
    return this.waiting.remove(call);
  }

  /** A connection has served its call. */
  released(connection: HttpConnection, reusable: boolean): void {
    const most = this.limits.requests_per_connection;
    const worn = most > 0 && connection.requests >= most;
    if (!reusable || worn || this.retired || this.server.closed || this.outdated.has(connection)) {
      connection.close("shutDown", "no longer in use");
      return;
    }
    const next = this.waiting.next();
    if (next !== undefined) connection.take(next);
    else {
      this.busy.delete(connection);
      this.free.push(connection);
      this.server.block[HTTP_SERVER.idleConnections]! += 1;
    }
  }

  /** A connection has come to its end. */
  lost(connection: HttpConnection): void {
    if (this.busy.delete(connection)) return;
    const at = this.free.indexOf(connection);
    if (at < 0) return;
    this.free.splice(at, 1);
    this.server.block[HTTP_SERVER.idleConnections]! -= 1;
  }

  /** There may be room for those who wait, or nobody whom they could wait for. */
  serveWaiting(): void {
    while (this.waiting.length > 0 && this.busy.size < this.limits.connections) {
      const call = this.waiting.next()!;
      if (this.server.closed) this.server.refuse(call, "shutDown");
      else if (this.server.isUnreachable) this.server.refuse(call, "connectPause");
      else this.lend(this.connect(), call);
    }
  }

  outdate(retire: boolean): void {
    if (retire) this.retired = true;
    for (const connection of this.busy) this.outdated.add(connection);
    this.closeFree("no longer in use");
  }

  sweep(now: number): void {
    for (const connection of this.busy) connection.checkTime(now, this.limits.idle_timeout);
    // The oldest stand first.
    while (this.free.length > 0 && now - this.free[0]!.lastHeard >= this.limits.idle_timeout) {
      this.free[0]!.close("shutDown", "idle");
    }
    for (const call of this.waiting.expired(now, this.server.headTimeout)) {
      this.server.refuse(call, now >= call.deadline ? "lateQueued" : "busy");
    }
  }

  close(): void {
    for (const connection of this.all()) connection.close("shutDown", "shut down");
  }

  private closeFree(reason: string): void {
    for (const connection of [...this.free]) connection.close("shutDown", reason);
  }

  private connect(): HttpConnection {
    return new HttpConnection(this.server, this);
  }

  private lend(connection: HttpConnection, call: HttpCall): void {
    this.busy.add(connection);
    connection.take(call);
  }
}
