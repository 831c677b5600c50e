import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { loadHttp2 } from "../../core/lazy-builtins.ts";
import { nextSerial, type OpenConnection } from "../../core/open-connection.ts";
import type { TurnClock } from "../../core/turn-clock.ts";
import { type HttpClientError, httpClientError } from "../../observe/http-metric-labels.ts";
import { HTTP_LISTENER } from "../../observe/metric-layout.ts";
import { errorCode, frameFlag } from "../../upstream/http2/error-code.ts";
import type { HttpClient } from "../http/downstream.ts";
import type { ForwardedOptions } from "../http/http-listener-options.ts";
import type { HttpSessionHost } from "../http/http-session-host.ts";
import { clientLines } from "../http/request-writer.ts";
import { type ViaLines, viaLines } from "../http/response-writer.ts";
import { ClientStream } from "./client-stream.ts";
import { sessionOptions } from "./session-options.ts";
import { StreamMemory } from "./stream-memory.ts";

/** How long a client may take to close when all is said, in ms. */
const linger = 1_000;
/** Requests given up before they were answered, of which a client may have this many more than it has had answered. */
const mostAborts = 1_000;

interface HeldStream {
  readonly stream: ServerHttp2Stream;
  readonly raw: readonly string[];
  readonly ends: boolean;
}

/** One client that speaks HTTP/2: its requests run side by side, each on a stream of its own. */
export class Http2Session implements HttpClient, OpenConnection {
  readonly host: HttpSessionHost;
  readonly turn: TurnClock;
  readonly secure: boolean;
  readonly client: Buffer;
  readonly clientLines: Buffer;
  readonly viaLines: ViaLines;
  readonly forwarded: ForwardedOptions;
  /** It is to leave when all its requests are answered. */
  leaving = false;
  /** Requests that have begun. */
  requests = 0;
  readonly socket: Socket;
  readonly serial = nextSerial();
  readonly openedAt: number;
  private readonly session: ServerHttp2Session;
  private readonly streams = new Set<ClientStream>();
  private readonly memory: StreamMemory;
  /** Requests that have come during a pause, and were not given up since. */
  private readonly held = new Set<HeldStream>();
  private closed = false;
  /** It is closing by itself: since when, in ms; 0: it is not. */
  private closingSince = 0;
  /** When the last request ended, or the client came; in ms. */
  private idleSince: number;
  /** Requests that the client gave up, less those that were answered. */
  private aborts = 0;
  private counted = { read: 0, written: 0 };

  /** What the client has said by now is still to be read from `socket`. */
  constructor(host: HttpSessionHost, socket: Socket, secure: boolean) {
    this.host = host;
    this.turn = host.turn;
    this.socket = socket;
    this.secure = secure;
    this.idleSince = this.openedAt = host.turn.now;
    const address = socket.remoteAddress?.replace(/^::ffff:/, "") ?? "";
    this.client = Buffer.from(address, "latin1");
    this.forwarded = host.options.forwarded;
    this.clientLines = clientLines(this.forwarded, address, secure, true);
    this.viaLines = viaLines(this.forwarded.via);
    this.memory = new StreamMemory(host, this.streams, secure);
    // What has been read so far was counted by whoever read it.
    this.counted = { read: socket.bytesRead, written: socket.bytesWritten };
    socket.on("end", () => this.gone());
    socket.on("close", () => this.gone());
    this.session = this.openSession();
  }

  /** node:http2 reads from the socket itself. */
  onBytes(): void {}

  proceed(): void {
    if (this.closed || this.host.paused) return;
    for (const held of [...this.held]) {
      this.letGo(held);
      if (!held.stream.destroyed) this.begin(held.stream, held.raw, held.ends);
    }
  }

  /**
   * Tells the client to go elsewhere, and which requests were taken (RFC 9113 6.8); closes when all of those are answered.
   * A first notice that excludes none would be no use: nghttp2 drops all that comes behind a GOAWAY of node:http2.
   */
  leave(): void {
    if (this.leaving || this.closed) return;
    this.leaving = true;
    if (!this.session.destroyed) this.finish();
  }

  close(): void {
    this.end(errorCode.none);
  }

  private end(code: number): void {
    if (this.closed) return;
    this.closed = true;
    this.countBytes();
    for (const stream of [...this.streams]) stream.close();
    for (const held of this.held) this.letGo(held);
    this.memory.close();
    if (!this.session.destroyed) this.session.destroy(undefined, code);
    this.socket.destroy();
    this.host.closed(this);
  }

  /** A request has come to its end. */
  streamEnded(stream: ClientStream): void {
    if (!this.streams.delete(stream)) return;
    this.idleSince = this.turn.now;
    if (this.aborts > 0) this.aborts--;
  }

  /**
   * The client has given up a request that was under way. Who does nothing else wants to wear the servers out (rapid reset,
   * CVE-2023-44487).
   */
  countAbort(): void {
    this.aborts += 2;
    if (this.aborts < mostAborts) return;
    this.count("bad_request");
    this.session.destroy(undefined, errorCode.enhanceYourCalm);
  }

  /** Bytes that each stream may hold in either direction before who sends them has to wait. */
  get room(): number {
    return this.memory.room;
  }

  get buffered(): number {
    return this.memory.buffered;
  }

  get stalledBytes(): number {
    return this.memory.takesNothing ? this.memory.buffered : 0;
  }

  get stalledSince(): number {
    return this.memory.stalledSince;
  }

  endStalled(): void {
    this.count("client_too_slow");
    this.end(errorCode.enhanceYourCalm);
  }

  checkTime(now: number): void {
    this.countBytes();
    this.memory.look(this.socket, now);
    for (const stream of this.streams) stream.checkTime(now);
    const { idle_timeout } = this.host.options;
    const isIdle = this.streams.size === 0 && this.held.size === 0;
    if (this.closingSince > 0) {
      if (now - this.closingSince < linger) return;
      if (isIdle) this.close();
      else this.finish();
    } else if (isIdle && idle_timeout > 0 && now - this.idleSince >= idle_timeout) {
      this.count("idle");
      this.finish();
    }
  }

  private openSession(): ServerHttp2Session {
    const { socket } = this;
    // A TLSSocket of one's own never says that its handshake is done, which node:http2 would wait for.
    if (this.secure) Object.assign(socket, { secureConnecting: false });
    const session = loadHttp2().performServerHandshake(socket, sessionOptions(this.host.options));
    session.on("stream", (stream, _, flags, raw: unknown) =>
      this.onStream(stream, flags, raw as readonly string[]),
    );
    session.on("error", (error: NodeJS.ErrnoException) => this.onError(error));
    session.on("close", () => this.gone());
    return session;
  }

  private onStream(stream: ServerHttp2Stream, flags: number, raw: readonly string[]): void {
    this.turn.read();
    const ends = (flags & frameFlag.endStream) !== 0;
    if (this.host.paused) this.hold({ stream, raw, ends });
    else this.begin(stream, raw, ends);
  }

  /** Keeps a request for the end of the pause. One too many is not begun, which tells the client to send it again. */
  private hold(held: HeldStream): void {
    const { stream } = held;
    stream.on("error", () => {});
    if (!this.host.admission.canHold) {
      stream.close(errorCode.refusedStream);
      return;
    }
    this.held.add(held);
    this.host.admission.held++;
    stream.once("close", () => this.letGo(held));
  }

  private letGo(held: HeldStream): void {
    if (this.held.delete(held)) this.host.admission.held--;
  }

  private begin(stream: ServerHttp2Stream, raw: readonly string[], ends: boolean): void {
    const most = this.host.options.limits.requests;
    this.requests++;
    const request = new ClientStream(this, stream);
    this.streams.add(request);
    this.memory.divide();
    request.begin(raw, ends);
    if (most > 0 && this.requests >= most) this.leave();
  }

  /** Begins no more requests; node:http2 closes the connection after the last answer. */
  private finish(): void {
    if (this.closed) return;
    if (this.closingSince === 0) this.closingSince = this.turn.now;
    if (!this.session.closed) this.session.close();
  }

  /** What the client has sent is no HTTP/2, or more than it may. */
  private onError({ code }: NodeJS.ErrnoException): void {
    if (code === "ERR_HTTP2_ERROR" || code === "ERR_HTTP2_TOO_MANY_INVALID_FRAMES") this.count("bad_request");
  }

  private gone(): void {
    if (this.closed) return;
    this.turn.read();
    for (const stream of [...this.streams]) stream.abandon();
    this.close();
  }

  private count(kind: HttpClientError): void {
    this.host.block[HTTP_LISTENER.errors + httpClientError[kind]]! += 1;
  }

  private countBytes(): void {
    const { block } = this.host;
    const { bytesRead: read, bytesWritten: written } = this.socket;
    block[HTTP_LISTENER.readBytes]! += read - this.counted.read;
    block[HTTP_LISTENER.writtenBytes]! += written - this.counted.written;
    this.counted = { read, written };
  }
}
