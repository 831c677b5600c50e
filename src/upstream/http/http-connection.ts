import { Socket } from "node:net";
import { ByteQueue } from "../../core/byte-queue.ts";
import { connectSocket, readEvents } from "../../core/byte-socket.ts";
import { nextSerial, type OpenConnection } from "../../core/open-connection.ts";
import { outliveWrites } from "../../core/outlive-writes.ts";
import { SocketWriter } from "../../core/socket-writer.ts";
import { StallWatch } from "../../core/stall-watch.ts";
import { HTTP_SERVER } from "../../observe/metric-layout.ts";
import { connectFailure } from "../connect-failure.ts";
import type { HttpFailing } from "../outcomes.ts";
import { AnswerReader, expecting } from "./answer-reader.ts";
import type { CallConnection } from "./call-connection.ts";
import type { ConnectionPool } from "./connection-pool.ts";
import { endOfCall } from "./end-of-call.ts";
import type { HttpCall } from "./http-call.ts";
import type { HttpServer } from "./http-server.ts";
import { openSocket } from "./open-socket.ts";

/**
 * One HTTP/1.1 connection to a server. It serves one call at a time.
 *
 *     take → call.onConnection → writer.append … (end of turn) → server → onBytes → call.onHead, onBody, onEnd
 */
export class HttpConnection implements CallConnection, OpenConnection {
  readonly serial = nextSerial();
  readonly writer: SocketWriter;
  /** Calls that it has served or is serving. */
  requests = 0;
  /** When bytes last came, or the connection was last given to a call; in ms. */
  lastHeard: number;
  private readonly server: HttpServer;
  private readonly pool: ConnectionPool;
  private call: HttpCall | null = null;
  socket: Socket | null = null;
  private state: "connecting" | "open" | "closed" = "connecting";
  readonly openedAt: number;
  private readonly answer: AnswerReader;
  /** A head or trailers of which a part has come. */
  private readonly input = new ByteQueue();
  /** A byte of the answer has come. */
  private answering = false;
  /** What had been written before the call. */
  private writtenBefore = 0;
  private reading = true;
  /** The answer has had to wait for the client. */
  private held = false;
  /** Why nothing more can be written, while there may be something to read; null: it can. */
  private unwritable: string | null = null;
  /** The number of the call. */
  private number = 0;
  /** When the server was last let go on after a wait that was not its own, in ms. */
  private resumedAt = 0;
  /** Its call is over, but a part of the request is still on its way to the server. */
  private settling = false;
  /** Which sides of a tunnel have been closed. */
  private clientHasEnded = false;
  private serverHasEnded = false;
  private readonly stall = new StallWatch();

  constructor(server: HttpServer, pool: ConnectionPool) {
    this.server = server;
    this.pool = pool;
    this.answer = new AnswerReader(server);
    this.lastHeard = this.openedAt = server.turn.now;
    this.writer = new SocketWriter(server.block, HTTP_SERVER.writtenBytes);
    this.writer.onDrain = () => this.onDrain();
    this.writer.doomed = this;
    this.connect();
  }

  /** Serves `call` from now on. */
  take(call: HttpCall): void {
    this.call = call;
    this.requests++;
    this.answer.begin();
    this.answering = this.held = false;
    this.number = this.server.taken();
    this.writtenBefore = this.writer.written;
    this.lastHeard = this.server.turn.now;
    call.onConnection(this);
  }

  /** Nobody waits for the answer any more: ends the connection without a word to the call. */
  abandon(): void {
    this.call = null;
    this.close("shutDown", "no longer wanted");
  }

  /** What comes from now on, in both directions, is none of ours. */
  becomeTunnel(): void {
    this.answer.expects = expecting.tunnel;
  }

  /** The tunnel's client has closed its side. */
  endTunnel(): void {
    this.clientHasEnded = true;
    this.endWriting();
    if (this.serverHasEnded) this.leaveTunnel();
  }

  /** Reads from the server, or lets it wait. */
  setReading(wanted: boolean): void {
    if (wanted === this.reading) return;
    this.reading = wanted;
    if (wanted) {
      this.lastHeard = this.resumedAt = this.server.turn.now;
      this.socket?.resume();
    } else {
      this.held = true;
      this.socket?.pause();
    }
  }

  get buffered(): number {
    return this.writer.held;
  }

  get isOpen(): boolean {
    return this.state === "open";
  }

  /** Gives the connection up if somebody has waited for too long at `now`; `idleTimeout` is for one without a call. */
  checkTime(now: number, idleTimeout: number): void {
    const { connectTimeout, headTimeout, bodyTimeout } = this.server;
    const { call } = this;
    if (this.state === "connecting" && now - this.openedAt >= connectTimeout) {
      this.close("connectTimeout", `no connection within ${connectTimeout} ms`);
    } else if (bodyTimeout > 0 && this.stall.look(this.writer, this.socket!, now) >= bodyTimeout) {
      this.close("stopped", `took no byte within ${bodyTimeout} ms`);
    } else if (this.settling && now - this.lastHeard >= idleTimeout) {
      this.close("shutDown", "does not take what it has answered");
    } else if (call === null || this.answer.expects === expecting.tunnel) {
      return;
    } else if (now >= call.deadline) {
      this.close(this.isAwaited ? "late" : "lateClient", "the request took longer than it may");
    } else if (this.state === "connecting" || !this.isAwaited) {
      return;
    } else if (this.answer.expects === expecting.head) {
      // Neither a head that comes byte by byte nor answers of 1xx put it off.
      const late = headTimeout > 0 && now - Math.max(call.sentAt, this.resumedAt) >= headTimeout;
      if (late) this.close("timeout", `no answer within ${headTimeout} ms`);
    } else if (bodyTimeout > 0 && now - Math.max(call.sentAt, this.lastHeard) >= bodyTimeout) {
      this.close("stopped", `no byte within ${bodyTimeout} ms`);
    }
  }

  /** Nobody but the server is waited for. */
  private get isAwaited(): boolean {
    return this.call !== null && this.call.sentAt > 0 && this.reading;
  }

  /** Not a byte of the request has left. */
  private get isUnsent(): boolean {
    return this.writer.written === this.writtenBefore;
  }

  /** Gives the connection up; its call, if it has one, ends so. */
  close(end: HttpFailing, reason: string): void {
    const { socket, call, state } = this;
    if (state === "closed") return;
    this.state = "closed";
    this.socket = null;
    this.call = null;
    this.writer.close();
    this.input.clear();
    socket?.destroy();
    const failure = this.server.failure(end, reason);
    this.pool.lost(this);
    if (state === "open") this.server.disconnected();
    // That a tunnel breaks is no failure of the server's: it is how many of them end.
    if (call !== null && this.answer.expects === expecting.tunnel) this.server.finished();
    else if (call !== null) this.server.callFailed(failure, this.number);
    this.pool.serveWaiting();
    call?.onFailure(failure);
  }

  private connect(): void {
    const { server } = this;
    server.block[HTTP_SERVER.connects]! += 1;
    let socket: Socket;
    try {
      socket = this.openSocket();
    } catch (error) {
      // TLS files of no use. It is told as any failure to connect is: later, for the request is still being written.
      socket = new Socket().destroy(error as Error);
    }
    this.socket = socket;
    socket.on("error", (error: NodeJS.ErrnoException) => this.onLost(error.code ?? error.message, error));
    socket.on("close", () => this.onLost("closed by the server"));
    socket.on("end", () => this.onEnd());
  }

  private openSocket(): Socket {
    const onBytes = (bytes: Buffer, length: number) => this.onBytes(bytes, length);
    const target = this.server.target();
    if (target.tls !== null) {
      const socket = openSocket(target, () => this.onOpen());
      outliveWrites(socket, (error) => this.destroy(error));
      return readEvents(socket, onBytes);
    }
    return openSocket(
      target,
      () => this.onOpen(),
      (options) => connectSocket(options, onBytes),
    );
  }

  private onOpen(): void {
    if (this.state !== "connecting") return;
    this.state = "open";
    this.server.turn.read();
    this.server.connected();
    this.writer.open(this.socket!);
  }

  private onLost(reason: string, error?: NodeJS.ErrnoException): void {
    if (this.state === "closed") return;
    this.server.turn.read();
    if (this.state === "open") this.close(this.endNow, this.unwritable ?? reason);
    else {
      const failure = connectFailure(reason, error);
      this.close(failure.end, failure.reason);
    }
  }

  /** As what the call ends if the server, or the network, ends the connection now. */
  private get endNow(): HttpFailing {
    const { call, held, answering } = this;
    if (call === null) return "shutDown";
    const progress = {
      within: this.answer.isWithin,
      held,
      answering,
      kept: this.requests > 1,
      unsent: this.isUnsent,
      waiting: this.unwritable !== null || this.writer.backlog > 0,
    };
    return endOfCall(call, progress, this.server.turn.now);
  }

  /**
   * Nothing more can be written, which is how a server that has answered early is noticed, too: what it has said, the socket
   * still holds, also where a reset has followed. Then comes the end. In place of the socket's `destroy`; see `SocketWriter`.
   */
  destroy(error: NodeJS.ErrnoException): void {
    if (this.state === "closed" || this.unwritable !== null) return;
    this.unwritable = error.code ?? error.message;
    this.writer.close();
  }

  /** The server has closed its side. */
  private onEnd(): void {
    if (this.state === "closed") return;
    this.server.turn.read();
    if (this.answer.expects === expecting.end) {
      this.answer.keepAlive = false;
      this.complete(true);
    } else if (this.answer.expects === expecting.tunnel) {
      const { call } = this;
      this.serverHasEnded = true;
      if (this.clientHasEnded) this.leaveTunnel();
      call?.onEnd();
    } else this.onLost("closed by the server");
  }

  private onBytes(bytes: Buffer, length: number): void {
    if (this.state === "closed") return;
    this.lastHeard = this.server.turn.read();
    this.server.block[HTTP_SERVER.readBytes]! += length;
    if (this.call !== null && this.requests > 1 && !this.answering && this.isUnsent) {
      // Said to nobody: some servers give a reason (408) when they close what has been idle.
      this.close("keptUnsent", "bytes that nothing asked for");
      return;
    }
    this.answering = true;
    const { input } = this;
    if (input.length === 0) {
      const used = this.process(bytes, 0, length);
      if (used < length) input.append(bytes, used, length);
    } else {
      input.append(bytes, 0, length);
      const used = this.process(input.buffer, 0, input.length);
      if (this.state !== ("closed" as string)) input.consume(used);
    }
  }

  /** Gives what is in bytes[start, end) to the call; returns where an incomplete head or trailers begin. */
  private process(bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end) {
      const { call } = this;
      if (call === null) {
        this.close("protocol", "bytes that nothing asked for");
        return end;
      }
      const next = this.answer.step(call, bytes, at, end);
      if (this.call !== call) return end;
      if (this.answer.problem !== null) {
        this.close("protocol", this.answer.problem);
        return end;
      }
      if (next < 0) break;
      at = next;
      if (this.answer.isDone) this.complete(at === end);
    }
    return at;
  }

  /** Both sides of the tunnel are closed: the connection ends with the last byte. */
  private leaveTunnel(): void {
    this.call = null;
    this.server.finished();
  }

  private onDrain(): void {
    if (this.settling) {
      this.settling = false;
      this.pool.released(this, true);
    } else if (this.clientHasEnded) this.endWriting();
    else this.call?.onWritable();
  }

  private endWriting(): void {
    this.writer.flush();
    if (this.writer.backlog === 0) this.socket?.end();
  }

  /**
   * The answer is complete: the connection is free for another call, unless one of the two sides is done with it. `isAll`:
   * nothing has come behind the answer, which the next call would take for its own.
   *
   * It may come before the socket has said that the request has gone, which TLS says later than others.
   */
  private complete(isAll: boolean): void {
    const call = this.call!;
    const reusable = this.answer.keepAlive && isAll && call.sentAt > 0;
    this.call = null;
    this.answer.expects = expecting.nothing;
    this.setReading(true);
    this.server.finished();
    // First, so that a next request of the same client finds it.
    this.settling = reusable && this.writer.backlog > 0;
    if (!this.settling) this.pool.released(this, reusable);
    call.onEnd();
  }
}
