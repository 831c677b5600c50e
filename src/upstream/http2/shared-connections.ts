import type { HttpCall } from "../http/http-call.ts";
import type { HttpServer } from "../http/http-server.ts";
import type { ConnectionLimits, ServerConnections } from "../http/server-connections.ts";
import { WaitingCalls } from "../http/waiting-calls.ts";
import { Http2Connection } from "./http2-connection.ts";

/**
 * The HTTP/2 connections to one server: as few as can carry the calls, since each carries as many as the server allows.
 * The one opened first is filled first, so that others come to rest and are closed.
 */
export class SharedConnections implements ServerConnections {
  private readonly server: HttpServer;
  private readonly limits: ConnectionLimits;
  /** Connections that calls may begin on. */
  private readonly open = new Set<Http2Connection>();
  /** Connections that serve the calls they have, and no others. */
  private readonly leaving = new Set<Http2Connection>();
  private readonly waiting: WaitingCalls;
  private retired = false;

  constructor(server: HttpServer, limits: ConnectionLimits) {
    this.server = server;
    this.limits = limits;
    this.waiting = new WaitingCalls(server.block);
  }

  get hasFree(): boolean {
    return this.withRoom() !== null;
  }

  get isFull(): boolean {
    return this.waiting.length >= this.limits.pending && !this.mayConnect && !this.hasFree;
  }

  get idle(): boolean {
    return this.open.size === 0 && this.leaving.size === 0;
  }

  all(): readonly Http2Connection[] {
    return [...this.open, ...this.leaving];
  }

  begin(call: HttpCall): void {
    const connection = this.withRoom() ?? this.connect();
    if (connection === null) this.waiting.add(call);
    else this.lend(connection, call);
  }

  forget(call: HttpCall): boolean {
    return this.waiting.remove(call);
  }

  /** A connection takes no more calls. */
  left(connection: Http2Connection): void {
    if (this.open.delete(connection)) this.leaving.add(connection);
  }

  /** A connection is no more. */
  ended(connection: Http2Connection): void {
    this.open.delete(connection);
    this.leaving.delete(connection);
  }

  /** There may be room for those who wait, or nobody whom they could wait for. */
  serveWaiting(): void {
    while (this.waiting.length > 0) {
      let connection = this.withRoom();
      if (connection === null) {
        if (!this.mayConnect) return;
        if (this.server.closed || this.server.isUnreachable) {
          this.server.refuse(this.waiting.next()!, this.server.closed ? "shutDown" : "connectPause");
          continue;
        }
        connection = this.connect()!;
      }
      this.lend(connection, this.waiting.next()!);
    }
  }

  outdate(retire: boolean): void {
    if (retire) this.retired = true;
    for (const connection of [...this.open]) connection.leave();
  }

  sweep(now: number): void {
    const { idle_timeout } = this.limits;
    for (const connection of this.all()) connection.checkTime(now, idle_timeout);
    for (const call of this.waiting.expired(now, this.server.headTimeout)) {
      this.server.refuse(call, now >= call.deadline ? "lateQueued" : "busy");
    }
  }

  close(): void {
    for (const connection of this.all()) connection.close("shutDown", "shut down");
  }

  private withRoom(): Http2Connection | null {
    for (const connection of this.open) if (connection.hasRoom) return connection;
    return null;
  }

  /** One at a time: how many calls a connection carries is known when it stands. */
  private get mayConnect(): boolean {
    if (this.open.size >= this.limits.connections) return false;
    for (const connection of this.open) if (!connection.isOpen) return false;
    return true;
  }

  /** A new connection; null where there may be none. */
  private connect(): Http2Connection | null {
    if (!this.mayConnect) return null;
    const connection = new Http2Connection(this.server, this);
    this.open.add(connection);
    return connection;
  }

  private lend(connection: Http2Connection, call: HttpCall): void {
    const most = this.limits.requests_per_connection;
    connection.take(call);
    if ((most > 0 && connection.requests >= most) || this.retired) connection.leave();
  }
}
