import { Socket } from "node:net";
import { ByteQueue } from "../../core/byte-queue.ts";
import { connectSocket, readEvents } from "../../core/byte-socket.ts";
import { nextSerial, type OpenConnection } from "../../core/open-connection.ts";
import { SocketWriter } from "../../core/socket-writer.ts";
import { StallWatch } from "../../core/stall-watch.ts";
import { ChunkedBody, chunked } from "../../http1/chunked-body.ts";
import { framing } from "../../http1/framing.ts";
import { parsed } from "../../http1/parsed.ts";
import { ResponseParser } from "../../http1/response-parser.ts";
import { TrailerParser } from "../../http1/trailer-parser.ts";
import type { HttpUpstreamError } from "../../observe/http-metric-labels.ts";
import { HTTP_SERVER } from "../../observe/metric-layout.ts";
import type { CallConnection } from "./call-connection.ts";
import type { ConnectionPool } from "./connection-pool.ts";
import type { HttpCall } from "./http-call.ts";
import type { HttpServer } from "./http-server.ts";
import { openSocket } from "./open-socket.ts";

/** What the next bytes from the server are. */
const expecting = { nothing: 0, head: 1, length: 2, chunks: 3, trailers: 4, end: 5, tunnel: 6 } as const;

/** One parser of each kind serves all connections of a thread: its result lasts only until the next head. */
const heads = new ResponseParser();
const trailers = new TrailerParser();

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
  private expects: number = expecting.nothing;
  /** Bytes of the body that are to come. */
  private remaining = 0;
  private keepAlive = true;
  private readonly body = new ChunkedBody();
  /** A head or trailers of which a part has come. */
  private readonly input = new ByteQueue();
  /** A byte of the answer has come. */
  private answering = false;
  /** What had been written before the call. */
  private writtenBefore = 0;
  /** Bytes of interim answers to the call. */
  private interim = 0;
  private reading = true;
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
    this.lastHeard = this.openedAt = server.turn.now;
    this.writer = new SocketWriter(server.block, HTTP_SERVER.writtenBytes);
    this.writer.onDrain = () => this.onDrain();
    this.connect();
  }

  /** Serves `call` from now on. */
  take(call: HttpCall): void {
    this.call = call;
    this.requests++;
    this.expects = expecting.head;
    this.answering = false;
    this.writtenBefore = this.writer.written;
    this.interim = 0;
    this.lastHeard = this.server.turn.now;
    call.onConnection(this);
  }

  /** Nobody waits for the answer any more: ends the connection without a word to the call. */
  abandon(): void {
    this.call = null;
    this.close("connection_lost", "no longer wanted");
  }

  /** What comes from now on, in both directions, is none of ours. */
  becomeTunnel(): void {
    this.expects = expecting.tunnel;
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
    } else this.socket?.pause();
  }

  get isOpen(): boolean {
    return this.state === "open";
  }

  /** Gives the connection up if somebody has waited for too long at `now`; `idleTimeout` is for one without a call. */
  checkTime(now: number, idleTimeout: number): void {
    const { connectTimeout, headTimeout, bodyTimeout } = this.server;
    const { call } = this;
    if (this.state === "connecting" && now - this.openedAt >= connectTimeout) {
      this.close("connect", `no connection within ${connectTimeout} ms`);
    } else if (bodyTimeout > 0 && this.stall.look(this.writer, this.socket!, now) >= bodyTimeout) {
      this.close("body_timeout", `took no byte within ${bodyTimeout} ms`);
    } else if (this.settling && now - this.lastHeard >= idleTimeout) {
      this.close("connection_lost", "does not take what it has answered");
    } else if (call === null || this.expects === expecting.tunnel) {
      return;
    } else if (now >= call.deadline) {
      this.close("timeout", "the request took longer than it may", this.isAwaited);
    } else if (this.state === "connecting" || !this.isAwaited) {
      return;
    } else if (this.expects === expecting.head) {
      // Neither a head that comes byte by byte nor answers of 1xx put it off.
      const late = headTimeout > 0 && now - Math.max(call.sentAt, this.resumedAt) >= headTimeout;
      if (late) this.close("timeout", `no answer within ${headTimeout} ms`);
    } else if (bodyTimeout > 0 && now - Math.max(call.sentAt, this.lastHeard) >= bodyTimeout) {
      this.close("body_timeout", `no byte within ${bodyTimeout} ms`);
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

  /** Gives the connection up; its call, if it has one, fails. `blamed`: that counts as a failure of the server. */
  close(kind: HttpUpstreamError, reason: string, blamed = true): void {
    const { socket, call, state } = this;
    if (state === "closed") return;
    this.state = "closed";
    this.socket = null;
    this.call = null;
    this.writer.close();
    this.input.clear();
    socket?.destroy();
    const stale = this.requests > 1 && !this.answering && kind === "connection_lost";
    const failure = { kind, server: this.server.id, reason, stale, unprocessed: stale && this.isUnsent };
    this.pool.lost(this);
    if (state === "open") this.server.disconnected();
    // That a tunnel breaks is no failure of the server's: it is how many of them end.
    if (call !== null && this.expects === expecting.tunnel) this.server.finished();
    else if (call !== null) this.server.callFailed(failure, blamed);
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
    socket.on("error", (error: NodeJS.ErrnoException) => this.onLost(error.code ?? error.message));
    socket.on("close", () => this.onLost("closed by the server"));
    socket.on("end", () => this.onEnd());
  }

  private openSocket(): Socket {
    const onBytes = (bytes: Buffer, length: number) => this.onBytes(bytes, length);
    const target = this.server.target();
    if (target.tls !== null)
      return readEvents(
        openSocket(target, () => this.onOpen()),
        onBytes,
      );
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

  private onLost(reason: string): void {
    if (this.state === "closed") return;
    this.server.turn.read();
    if (this.state === "connecting") this.close("connect", reason);
    else this.close(this.expects > expecting.head ? "truncated" : "connection_lost", reason);
  }

  /** The server has closed its side. */
  private onEnd(): void {
    if (this.state === "closed") return;
    this.server.turn.read();
    if (this.expects === expecting.end) {
      this.keepAlive = false;
      this.complete(true);
    } else if (this.expects === expecting.tunnel) {
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
      this.close("connection_lost", "bytes that nothing asked for");
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
      const next = this.step(call, bytes, at, end);
      if (this.call !== call && this.state === "closed") return end;
      if (next < 0) break;
      at = next;
    }
    return at;
  }

  /** One part of an answer; returns where it ends, or -1 if it is not complete. */
  private step(call: HttpCall, bytes: Buffer, at: number, end: number): number {
    switch (this.expects) {
      case expecting.head:
        return this.readHead(call, bytes, at, end);
      case expecting.length: {
        const stop = Math.min(end, at + this.remaining);
        this.remaining -= stop - at;
        call.onBody(bytes, at, stop);
        if (this.remaining === 0) this.complete(stop === end);
        return stop;
      }
      case expecting.chunks:
        return this.readChunks(call, bytes, at, end);
      case expecting.trailers:
        return this.readTrailers(call, bytes, at, end);
      default:
        call.onBody(bytes, at, end);
        return end;
    }
  }

  private readHead(call: HttpCall, bytes: Buffer, at: number, end: number): number {
    heads.limits = this.server.headLimits;
    const result = heads.parse(bytes, at, end, call.method);
    if (result === parsed.incomplete) return -1;
    if (result === parsed.refused) {
      this.close("protocol", heads.problem!.reason);
      return end;
    }
    const { status, headEnd } = heads;
    this.server.heard(call, status);
    if (status < 200 && status !== 101) {
      this.interim += headEnd - at;
      if (this.interim > this.server.headLimits.head) {
        this.close("protocol", "interim answers without end");
        return end;
      }
      call.onHead(heads, bytes);
      return headEnd;
    }
    this.keepAlive = heads.keepAlive;
    const { body } = heads;
    this.remaining = heads.contentLength;
    if (body === framing.length) this.expects = expecting.length;
    else if (body === framing.chunked) {
      this.expects = expecting.chunks;
      this.body.reset();
    } else this.expects = expecting.end;
    call.onHead(heads, bytes);
    const ended = body === framing.none || (body === framing.length && this.remaining === 0);
    if (ended && this.call === call && this.expects !== expecting.tunnel) this.complete(headEnd === end);
    return headEnd;
  }

  private readChunks(call: HttpCall, bytes: Buffer, at: number, end: number): number {
    const stop = this.body.scan(bytes, at, end);
    if (this.body.state === chunked.refused) {
      this.close("protocol", this.body.problem!.reason);
      return end;
    }
    if (stop > at) call.onBody(bytes, at, stop);
    if (this.body.state === chunked.trailers) this.expects = expecting.trailers;
    return stop;
  }

  private readTrailers(call: HttpCall, bytes: Buffer, at: number, end: number): number {
    trailers.limits = this.server.headLimits;
    const result = trailers.parse(bytes, at, end);
    if (result === parsed.incomplete) return -1;
    if (result === parsed.refused) {
      this.close("protocol", trailers.problem!.reason);
      return end;
    }
    const { end: stop } = trailers;
    call.onTrailers(trailers, bytes);
    if (this.call === call) this.complete(stop === end);
    return stop;
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
    const reusable = this.keepAlive && isAll && call.sentAt > 0;
    this.call = null;
    this.expects = expecting.nothing;
    this.setReading(true);
    this.server.finished();
    // First, so that a next request of the same client finds it.
    this.settling = reusable && this.writer.backlog > 0;
    if (!this.settling) this.pool.released(this, reusable);
    call.onEnd();
  }
}
