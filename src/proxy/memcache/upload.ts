import { endsWithNoop } from "../../memcache/reply-form.ts";
import type { RequestParser } from "../../memcache/request-parser.ts";
import type { Connection } from "../../upstream/memcache/connection.ts";
import type { Failure } from "../../upstream/memcache/failure.ts";
import type { Pool } from "../../upstream/memcache/pool.ts";
import type { Server } from "../../upstream/memcache/server.ts";
import { Exchange } from "./exchange.ts";
import { noop } from "./noop.ts";
import type { Session } from "./session.ts";

/** Bytes waiting for the server above which the client is not read. */
const highWater = 256 * 1024;
/** How long a server may take nothing of a value before its time to answer begins to run, in ms. */
const patience = 10_000;

/**
 * A large value on its way through, never held whole. It has a connection of its own: on a shared one, a client that
 * stops half way would stop everybody. It is alone in flight for its client, so that the client's requests keep their
 * order across the two connections.
 */
export class Upload extends Exchange {
  private readonly server: Server;
  private readonly connection: Connection;
  /** Bytes of the value and its line end still to come. */
  private remaining: number;
  /** Called when the value is stored, refused or given up. */
  onSettled: (() => void) | null = null;

  constructor(server: Server, connection: Connection, size: number) {
    super();
    this.server = server;
    this.connection = connection;
    this.remaining = size;
    connection.writer.onDrain = () => this.drained();
  }

  override begin(session: Session, request: RequestParser, pool: Pool): void {
    super.begin(session, request, pool);
    // The server's time to answer begins when it has the whole value.
    this.start = Number.POSITIVE_INFINITY;
  }

  /** Others wait for a connection like this one's, and there are no more. */
  get isContended(): boolean {
    return this.server.lent.isExhausted;
  }

  /** The server takes no more at the moment. */
  get full(): boolean {
    return !this.finished && this.connection.writer.backlog > highWater;
  }

  /** Takes what belongs to the value from bytes[start, end); returns how much. */
  write(bytes: Buffer, start: number, end: number): number {
    const count = Math.min(this.remaining, end - start);
    // Once the server has failed or has answered early, the rest of the value is dropped.
    if (!this.finished) this.connection.writer.append(bytes, start, start + count);
    if (this.full && this.start === Number.POSITIVE_INFINITY) this.start = this.session.turn.now + patience;
    this.remaining -= count;
    if (this.remaining === 0) this.complete();
    return count;
  }

  /** The client will send no more: half a value is worth nothing, and the connection cannot be used again. */
  clientGone(): void {
    this.session.upload = null;
    if (this.finished) return;
    // It is not the server that failed.
    this.expired = true;
    this.connection.lose("shutDown", "the client left in the middle of a value");
    this.answer("");
  }

  override onReply(bytes: Buffer, start: number, end: number, whole: boolean): void {
    const cut = this.remaining > 0;
    if (whole) this.finished = true;
    super.onReply(bytes, start, end, whole);
    if (!whole) return;
    // An answer before the whole value leaves open what the server takes the rest for.
    if (cut) this.connection.lose("shutDown", "answered in the middle of a value");
    else this.server.lent.giveBack(this.connection);
  }

  override onFailure(failure: Failure): void {
    super.onFailure(failure);
    this.connection.lose("shutDown", failure.reason);
  }

  private drained(): void {
    this.start = Number.POSITIVE_INFINITY;
    this.session.proceed();
  }

  private complete(): void {
    const { session } = this;
    session.upload = null;
    this.start = session.turn.now;
    const { writer } = this.connection;
    writer.onDrain = null;
    if (endsWithNoop(this.form) && !this.finished) writer.append(noop, 0, noop.length);
    if (!this.finished) session.exclusive = true;
  }

  protected override settle(): void {
    this.start = Math.min(this.start, this.session.turn.now);
    this.onSettled?.();
    super.settle();
  }
}
