import type { ClientHttp2Session, ClientHttp2Stream, ClientSessionOptions } from "node:http2";
import { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { OutsideBytes } from "../../core/buffer-pool.ts";
import { loadHttp2 } from "../../core/lazy-builtins.ts";
import { nextSerial, type OpenConnection } from "../../core/open-connection.ts";
import { HTTP_SERVER } from "../../observe/metric-layout.ts";
import { connectFailure } from "../connect-failure.ts";
import type { HttpCall } from "../http/http-call.ts";
import type { HttpServer } from "../http/http-server.ts";
import { openSocket } from "../http/open-socket.ts";
import type { HttpFailing } from "../outcomes.ts";
import { errorCode, findsFault } from "./error-code.ts";
import type { HeaderRecord } from "./header-record.ts";
import { Http2Request } from "./http2-request.ts";
import { outliveGoaway } from "./outlive-goaway.ts";
import type { StreamOptions } from "./request-target.ts";
import type { SharedConnections } from "./shared-connections.ts";

/** Streams at once where the server does not say how many it takes. */
const mostStreams = 1_000;
/** Bytes that a server may send ahead on one stream, and on all of a connection. */
const streamWindow = 256 * 1024;
const connectionWindow = 1024 * 1024;
/** How long a server may leave a ping without an answer that already owes another, in ms. */
const pingTimeout = 2_000;
/** How long a server may take to close when all is said, in ms. */
const linger = 1_000;

/** Options that the types do not have: what podmate looks at itself is not to vanish before. */
interface Leniency {
  readonly strictSingleValueFields: boolean;
  readonly strictFieldWhitespaceValidation: boolean;
  readonly maxSessionInvalidFrames: number;
}

/**
 * One HTTP/2 connection to a server: with prior knowledge, or by ALPN where there is TLS (RFC 9113 3). It serves many
 * calls at once, each on a stream of its own.
 */
export class Http2Connection implements OpenConnection {
  readonly serial = nextSerial();
  readonly scheme: "http" | "https";
  /** Calls that it has served or is serving. */
  requests = 0;
  /** One of them has been answered. */
  hasAnswered = false;
  private readonly server: HttpServer;
  private readonly pool: SharedConnections;
  private readonly streams = new Set<Http2Request>();
  /** Answers that node:http2 holds because clients do not take them. */
  private readonly unread = new OutsideBytes();
  readonly socket: Socket;
  private readonly session: ClientHttp2Session | null;
  private state: "connecting" | "open" | "closed" = "connecting";
  readonly openedAt: number;
  private maxStreams = 1;
  /** The largest head that the server takes, as `listSize` measures it. */
  headLimit = Number.POSITIVE_INFINITY;
  /** No call begins on it any more: the server has said so, or podmate. */
  private leaving = false;
  private countedIdle = false;
  /** When the last call ended. */
  private idleSince: number;
  /** Since when an answer to a ping is awaited; 0: none is. */
  private pingedAt = 0;
  private counted = { read: 0, written: 0 };
  private reason = "closed by the server";
  /** The last stream that the server had begun with when it found a fault with the connection; -1: it has not. */
  private faultAfter = -1;

  constructor(server: HttpServer, pool: SharedConnections) {
    this.server = server;
    this.pool = pool;
    this.openedAt = this.idleSince = server.turn.now;
    server.block[HTTP_SERVER.connects]! += 1;
    const { socket, secure } = this.openSocket();
    this.scheme = secure ? "https" : "http";
    this.socket = socket;
    socket.on("error", (error: NodeJS.ErrnoException) => this.onLost(error.code ?? error.message, error));
    socket.on("close", () => this.onLost(this.reason));
    socket.on("end", () => this.onLost("closed by the server"));
    this.session = this.openSession(socket);
  }

  get hasRoom(): boolean {
    return !this.leaving && this.state !== "closed" && this.streams.size < this.maxStreams;
  }

  /** The server has shown that it speaks HTTP/2, and said how many calls it takes at once. */
  get isOpen(): boolean {
    return this.state === "open";
  }

  get isIdle(): boolean {
    return this.streams.size === 0;
  }

  take(call: HttpCall): void {
    const request = new Http2Request(this, this.server, call);
    this.streams.add(request);
    this.requests++;
    this.countIdle();
    if (this.isOpen) request.send();
    request.begin();
  }

  /** Opens a stream. Throws where node:http2 finds fault with the headers, or with the connection. */
  request(headers: HeaderRecord, options: StreamOptions): ClientHttp2Stream {
    if (this.session === null) throw new Error(this.reason);
    return this.session.request(headers, options);
  }

  /** A stream has come to its end. */
  released(request: Http2Request): void {
    if (!this.streams.delete(request) || this.state === "closed") return;
    this.idleSince = this.server.turn.now;
    this.countIdle();
    if (this.leaving && this.isIdle) this.close("shutDown", "no longer in use");
    else this.pool.serveWaiting();
  }

  /** Begins no more calls, and closes when those under way have ended. */
  leave(): void {
    if (this.leaving) return;
    this.leaving = true;
    this.countIdle();
    this.pool.left(this);
    if (this.isIdle) this.close("shutDown", "no longer in use");
  }

  /** Whether the connection has ended; if so, that is told to all of its calls. */
  noticeEnd(): boolean {
    if (this.state !== "closed" && this.session?.destroyed) this.onLost(this.reason);
    return this.state === "closed";
  }

  /** Regular work at `now` (ms). */
  checkTime(now: number, idleTimeout: number): void {
    this.countBytes();
    if (this.state === "connecting") {
      const { connectTimeout } = this.server;
      if (now - this.openedAt >= connectTimeout) {
        this.close("connectTimeout", `no connection within ${connectTimeout} ms`);
        return;
      }
      // Who does not wait any longer leaves the connection to those who come.
      for (const request of this.streams) request.checkDeadline(now);
      return;
    }
    if (this.pingedAt > 0 && now - this.pingedAt >= pingTimeout) {
      this.close("lost", "no answer to a ping");
      return;
    }
    let silent = false;
    let unread = 0;
    for (const request of this.streams) {
      unread += request.unread;
      if (request.checkTime(now)) silent = true;
    }
    if (this.state === "open") this.unread.set(unread);
    if (silent) this.ping(now);
    if (this.isIdle && now - this.idleSince >= idleTimeout) this.close("shutDown", "idle");
  }

  /** Gives the connection up; its calls, if it has any, end so, or as far as they have come. */
  close(end: HttpFailing, reason: string): void {
    const { state } = this;
    if (state === "closed") return;
    this.state = "closed";
    this.countIdle();
    this.countBytes();
    this.pool.left(this);
    if (state === "open") this.server.disconnected();
    const graceful = this.isIdle && state === "open";
    for (const request of [...this.streams]) request.connectionEnded(end, reason, this.faultAfter);
    this.unread.set(0);
    this.pool.ended(this);
    if (graceful) this.closeGently();
    else {
      this.session?.destroy();
      this.socket.destroy();
    }
    this.pool.serveWaiting();
  }

  /** With a word of good-bye. node:http2 then waits for the server to close as well, which some do late, or never. */
  private closeGently(): void {
    const { socket } = this;
    this.session?.close();
    if (socket.destroyed) return;
    const cancel = this.server.turn.clock.after(linger, () => socket.destroy());
    socket.once("close", cancel);
  }

  private openSocket(): { readonly socket: Socket; readonly secure: boolean } {
    try {
      const target = this.server.target();
      const tls = target.tls && { ...target.tls, ALPNProtocols: ["h2"] };
      const socket = openSocket({ ...target, tls }, () => this.checkProtocol());
      return { socket, secure: tls !== null };
    } catch (error) {
      // TLS files of no use. It is told as any failure to connect is: later, for the request is still being written.
      return { socket: new Socket().destroy(error as Error), secure: true };
    }
  }

  private openSession(socket: Socket): ClientHttp2Session | null {
    if (socket.destroyed) return null;
    const { head, headers } = this.server.headLimits;
    const options: ClientSessionOptions & Leniency = {
      createConnection: () => socket,
      maxHeaderListPairs: headers,
      maxSendHeaderBlockLength: 2 ** 21,
      maxSessionMemory: 64,
      // Among them counts every empty DATA frame, which servers send to flush, over a connection's life.
      maxSessionInvalidFrames: 2 ** 32 - 1,
      strictSingleValueFields: false,
      strictFieldWhitespaceValidation: false,
      settings: {
        enablePush: false,
        initialWindowSize: streamWindow,
        // The parser of heads has the last word, with a better reason.
        maxHeaderListSize: head + 64 * headers,
      },
    };
    const session = loadHttp2().connect(`${this.scheme}://localhost`, options);
    session.on("connect", () => session.setLocalWindowSize(connectionWindow));
    session.on("remoteSettings", ({ maxConcurrentStreams, maxHeaderListSize }) => {
      this.headLimit = maxHeaderListSize ?? Number.POSITIVE_INFINITY;
      this.maxStreams = Math.min(maxConcurrentStreams ?? mostStreams, mostStreams);
      this.onOpen();
      this.pool.serveWaiting();
    });
    session.on("goaway", (code, lastStream) => {
      this.reason = `the server closes the connection: ${code}`;
      if (findsFault(code)) this.faultAfter = lastStream;
      this.leave();
      if (code !== errorCode.none && this.state !== "closed") outliveGoaway(session);
    });
    session.on("error", (error) => this.onSessionError(error));
    session.on("close", () => this.onLost(this.reason));
    return session;
  }

  private checkProtocol(): void {
    if (this.state !== "connecting") return;
    this.server.turn.read();
    this.socket.setNoDelay(true);
    if (this.scheme === "https" && (this.socket as TLSSocket).alpnProtocol !== "h2") {
      this.close("handshake", "the server does not speak HTTP/2");
    }
  }

  /** Before the server's settings no call is sent: what fails until then has not come to it. */
  private onOpen(): void {
    if (this.state !== "connecting") return;
    this.server.turn.read();
    this.state = "open";
    this.idleSince = this.server.turn.now;
    this.server.connected();
    this.countIdle();
    for (const request of this.streams) request.send();
  }

  private onSessionError(error: NodeJS.ErrnoException): void {
    this.reason = error.message;
    // What came is no HTTP/2.
    if (error.code === "ERR_HTTP2_ERROR" && this.isOpen) this.close("protocol", error.message);
    else this.onLost(error.code ?? error.message);
  }

  private onLost(reason: string, error?: NodeJS.ErrnoException): void {
    if (this.state === "closed") return;
    this.server.turn.read();
    if (this.state === "open") this.close(this.faultAfter < 0 ? "lost" : "sharedLost", reason);
    else {
      const failure = connectFailure(reason, error);
      this.close(failure.end, failure.reason);
    }
  }

  /** A server that leaves a call without an answer may be gone altogether. */
  private ping(now: number): void {
    if (this.pingedAt > 0 || this.state !== "open") return;
    this.pingedAt = now;
    this.session?.ping(() => {
      this.pingedAt = 0;
    });
  }

  private countIdle(): void {
    const idle = this.state === "open" && !this.leaving && this.isIdle;
    if (idle === this.countedIdle) return;
    this.countedIdle = idle;
    this.server.block[HTTP_SERVER.idleConnections]! += idle ? 1 : -1;
  }

  private countBytes(): void {
    const { block } = this.server;
    const { bytesRead: read, bytesWritten: written } = this.socket;
    block[HTTP_SERVER.readBytes]! += read - this.counted.read;
    block[HTTP_SERVER.writtenBytes]! += written - this.counted.written;
    this.counted = { read, written };
  }
}
