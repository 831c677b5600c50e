import { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { Address } from "../../core/address.ts";
import { ByteQueue } from "../../core/byte-queue.ts";
import { connectSocket, readEvents } from "../../core/byte-socket.ts";
import { loadTls } from "../../core/lazy-builtins.ts";
import { nextSerial, type OpenConnection } from "../../core/open-connection.ts";
import { SocketWriter } from "../../core/socket-writer.ts";
import { maxReplyLine, ReplyParser, replied } from "../../memcache/reply-parser.ts";
import { SERVER } from "../../observe/metric-layout.ts";
import { connectFailure } from "../connect-failure.ts";
import { type MemcacheFailing, memcacheFailing } from "../outcomes.ts";
import type { Call } from "./call.ts";
import { CallRing } from "./call-ring.ts";
import type { Server } from "./server.ts";
import { StepCheck, stepQuestion } from "./step-check.ts";

const lf = 0x0a;

/** What a connection is opened with. */
export interface Target {
  readonly address: Address;
  readonly keepAlive: boolean;
  readonly tls: ConnectionOptions | null;
  /** The bytes that authenticate, or null. */
  readonly auth: Buffer | null;
}

/**
 * One pipelined connection to a server. Requests of all clients leave in the order of `push`, and replies are matched
 * to them in that order.
 *
 *     push + writer.append … (end of turn) writer.flush → server → onBytes → call.onReply
 *
 * It is opened by the first request and opened again, after a loss, by the next. A request that is not answered in
 * time fails alone (`expire`): its place in the order stays, and the late reply is dropped there. Only when the
 * server says nothing at all for twice the timeout is the connection given up.
 */
export class Connection implements OpenConnection {
  readonly serial = nextSerial();
  /** Since it was opened last. */
  requests = 0;
  readonly writer: SocketWriter;
  readonly server: Server;
  private readonly calls = new CallRing();
  private readonly parser = new ReplyParser();
  /** The beginning of a line whose end has not come yet. */
  private readonly line = new ByteQueue();
  socket: Socket | null = null;
  private state: "closed" | "connecting" | "authenticating" | "open" = "closed";
  /** When it was opened last, in ms. */
  openedAt = 0;
  /** When bytes last came, or the oldest request was sent to a server that had nothing to answer. */
  private lastHeard = 0;
  /** The oldest calls that have been given up already. */
  private expiredCalls = 0;
  /** What the server sends is read. */
  private reading = true;
  /** The server has been let wait since nothing was under way. */
  private held = false;
  /** The current reply has begun. */
  private inReply = false;
  /** The server's count of failures when this was opened, or the server last known to be well; see `Server.event`. */
  event = 0;
  private readonly check: StepCheck;

  constructor(server: Server) {
    this.server = server;
    this.writer = new SocketWriter(server.block, SERVER.writtenBytes);
    this.check = new StepCheck((refused) => server.stepChecked(refused));
  }

  /** Requests without a reply yet, those given up included. */
  get inFlight(): number {
    return this.calls.length;
  }

  get isOpen(): boolean {
    return this.state === "open";
  }

  /** Nothing is under way: no request, and no attempt to connect. */
  get idle(): boolean {
    return this.calls.length === 0 && (this.state === "open" || this.state === "closed");
  }

  /**
   * Queues a call. Its bytes must be appended to `writer` before anything else is pushed. bytes[start, end) is what its
   * reply is held against: the key of a get, key and flags of a meta command, nothing for any other.
   */
  push(call: Call, bytes: Buffer, start: number, end: number): void {
    call.words = end - start;
    if (end > start) this.parser.asked.append(bytes, start, end);
    this.queue(call);
  }

  /** The same for what is a string, of characters below 256. */
  pushText(call: Call, words: string): void {
    call.words = words.length;
    this.parser.asked.appendLatin1(words);
    this.queue(call);
  }

  /** One more key for the call pushed last. */
  pushKey(call: Call, bytes: Buffer, start: number, end: number): void {
    call.words += end - start + 1;
    this.parser.asked.appendKey(bytes, start, end);
  }

  /** Appends the keys of the call pushed last to the request. */
  writeKeys(call: Call): void {
    const { asked } = this.parser;
    const end = asked.at + asked.length;
    this.writer.append(asked.bytes, end - call.words, end);
  }

  /** What the reply of `call`, which is coming, is held against. */
  wordsOf(call: Call): string {
    const { asked } = this.parser;
    return asked.bytes.toString("latin1", asked.at, asked.at + call.words);
  }

  /** Reads from the server, or lets it wait: only where the connection serves one client. */
  setReading(wanted: boolean): void {
    if (wanted === this.reading) return;
    this.reading = wanted;
    if (wanted) {
      this.lastHeard = this.server.turn.now;
      this.socket?.resume();
    } else {
      this.held = true;
      this.socket?.pause();
    }
  }

  private queue(call: Call): void {
    call.carrier = this;
    if (this.calls.length === 0) {
      this.held = false;
      this.lastHeard = this.server.turn.now;
      this.server.wake();
    }
    if (this.state !== "open") call.queuedAt = this.writer.pending.length;
    this.calls.push(call);
    this.requests++;
    this.server.block[SERVER.requestsInFlight]! += 1;
    if (this.socket === null) this.connect();
  }

  connect(): void {
    if (this.socket !== null) return;
    this.state = "connecting";
    this.requests = this.calls.length;
    this.openedAt = this.server.turn.now;
    this.event = this.server.event;
    this.server.block[SERVER.connects]! += 1;
    this.server.wake();
    const socket = this.open();
    this.socket = socket;
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (this.socket === socket) this.onLost(error.code ?? error.message, error);
    });
    socket.on("close", () => {
      if (this.socket === socket) this.onLost("closed by the server");
    });
    socket.on("end", () => {
      if (this.socket === socket) this.onLost("closed by the server");
    });
  }

  private open(): Socket {
    const onBytes = (bytes: Buffer, length: number) => {
      if (this.socket === socket) this.onBytes(bytes, length);
    };
    let socket: Socket;
    try {
      const target = this.server.target();
      socket = openSocket(target, onBytes, () => {
        if (this.socket === socket) this.onConnect(target.auth);
      });
    } catch (error) {
      // TLS files of no use. It is told as any failure to connect is: later, for the request is still being written.
      socket = new Socket().destroy(error as Error);
    }
    return socket;
  }

  /**
   * Fails what has waited longer than `timeout` (ms; 0: no limit), and gives the connection up if the server is
   * silent. Returns what went wrong, or null.
   */
  expire(now: number, timeout: number): MemcacheFailing | null {
    if (this.state === "connecting" || this.state === "authenticating") {
      if (now - this.openedAt >= this.server.connectTimeout) {
        this.lose("connectTimeout", `no connection within ${this.server.connectTimeout} ms`);
        return null;
      }
    }
    if (timeout === 0 || this.calls.length === 0) return null;
    let expired = 0;
    while (this.expiredCalls < this.calls.length) {
      const call = this.calls.at(this.expiredCalls);
      if (now - call.start < timeout) break;
      if (call.streaming && now - this.lastHeard < timeout) break;
      this.expiredCalls++;
      expired++;
      call.expired = true;
      if (call !== this.check) this.server.fail(call, "timeout", `no answer within ${timeout} ms`);
    }
    if (this.expiredCalls > 0 && this.state === "open" && now - this.lastHeard >= 2 * timeout) {
      this.lose("timeout", `silent for ${2 * timeout} ms`);
      return null;
    }
    return expired > 0 ? "timeout" : null;
  }

  /** Has the connection show that it is in step, where that is due. */
  checkStep(now: number): void {
    const { check, server } = this;
    if (this.state !== "open") return;
    if (!check.isDue(now, this.requests, this.calls.length, server.checkable)) return;
    server.block[SERVER.stepChecks]! += 1;
    this.push(check, stepQuestion, 0, 0);
    check.begin(now, this.requests);
    this.writer.append(stepQuestion, 0, stepQuestion.length);
  }

  /** Ends the connection, whose replies have come to belong to other requests. */
  private outOfStep(reason: string): void {
    this.server.block[SERVER.outOfStep]! += 1;
    this.lose("protocol", reason);
  }

  /** Ends the connection; what is in flight fails. */
  lose(end: MemcacheFailing, reason: string): void {
    const { socket } = this;
    if (socket === null) return;
    const kind = memcacheFailing(end).memcache.error;
    if (this.state === "open") this.server.block[SERVER.openConnections]! -= 1;
    this.socket = null;
    this.state = "closed";
    this.inReply = false;
    this.expiredCalls = 0;
    // What could not be sent may go to another server, if it is the server that cannot be reached.
    const unsent = new ByteQueue();
    if (kind === "connect" && this.server.keysMove) unsent.moveFrom(this.writer.pending);
    this.writer.close();
    this.line.clear();
    this.parser.reset();
    socket.destroy();
    const lost = this.calls.length;
    let waiting = 0;
    for (let i = 0; i < lost; i++)
      if (isWaiting(this.calls.at(i)) && this.calls.at(i) !== this.check) waiting++;
    this.reading = true;
    if (end === "lost" && lost > 0 && this.calls.peek() === this.check) this.server.hungUpOnCheck();
    this.server.connectionLost(this, end, reason, waiting);
    for (let i = 0; i < lost; i++) {
      const call = this.calls.shift();
      this.server.block[SERVER.requestsInFlight]! -= 1;
      if (call.expired || call === this.check) continue;
      const unsentEnd = i + 1 < lost ? this.calls.peek().queuedAt : unsent.length;
      const moves = unsent.length > 0 && call.moveOn(unsent.buffer, call.queuedAt, unsentEnd);
      if (moves) this.server.countMoved();
      else this.server.fail(call, end, reason);
    }
    unsent.clear();
  }

  private onConnect(auth: Buffer | null): void {
    if (auth === null) {
      this.onOpen();
    } else {
      this.state = "authenticating";
      this.socket?.write(auth);
    }
  }

  private onOpen(): void {
    this.state = "open";
    this.check.reset(this.server.turn.now);
    this.server.block[SERVER.openConnections]! += 1;
    this.lastHeard = this.server.turn.read();
    this.server.connected();
    this.writer.open(this.socket!);
  }

  /** Without an `error`, the server has closed its side. */
  private onLost(reason: string, error?: NodeJS.ErrnoException): void {
    this.server.turn.read();
    if (this.state === "open") this.lose(this.endNow, reason);
    else {
      const failure = connectFailure(reason, error);
      this.lose(failure.end, failure.reason);
    }
  }

  /** As what its requests end if the server, or the network, ends the connection now. */
  private get endNow(): MemcacheFailing {
    if (this.held && this.calls.length > 0) return "truncatedHeld";
    if (this.inReply) return "truncated";
    return this.calls.length > 0 && owesValue(this.calls.peek()) ? "uploadLost" : "lost";
  }

  private onBytes(bytes: Buffer, length: number): void {
    this.lastHeard = this.server.turn.read();
    this.server.block[SERVER.readBytes]! += length;
    let start = 0;
    if (this.line.length > 0) {
      // A line that never ends is for the parser to refuse. What lies behind `length` is of an earlier read.
      while (start < length && bytes[start++] !== lf);
      this.line.append(bytes, 0, start);
      const { buffer, length: lineLength } = this.line;
      const understood = this.readReplies(buffer, 0, lineLength);
      if (understood < 0) return;
      if (understood === lineLength) this.line.clear();
      else if (start === length) return;
    }
    const understood = this.readReplies(bytes, start, length);
    if (understood >= 0 && understood < length) this.line.append(bytes, understood, length);
  }

  /** Gives the replies in bytes[start, end) to their calls; returns where an incomplete line begins, -1 after a loss. */
  private readReplies(bytes: Buffer, start: number, end: number): number {
    const { parser, calls, socket } = this;
    while (start < end) {
      if (this.state === "authenticating") return this.readAuthReply(bytes, start, end);
      if (calls.length === 0) {
        this.outOfStep("bytes that nothing asked for");
        return -1;
      }
      const call = calls.peek();
      if (!this.inReply) {
        this.inReply = true;
        parser.begin();
      }
      const state = parser.next(bytes, start, end, call.form, call.words);
      if (state === replied.garbage) {
        if (parser.hasRunValue) this.server.hasRunValue();
        this.outOfStep("an answer that is none");
        return -1;
      }
      const { at, replyEnd } = parser;
      if (state === replied.partial) {
        if (at > start && !call.expired) {
          call.incoming = parser.remaining;
          call.onReply(bytes, start, at, false);
        }
        // What is left belongs to no connection that is opened after a loss.
        return this.socket === socket ? at : -1;
      }
      this.inReply = false;
      // The record may be another request's by then.
      const { words } = call;
      calls.shift();
      this.server.block[SERVER.requestsInFlight]! -= 1;
      if (call.expired) {
        this.expiredCalls--;
        this.check.cameLate(call);
        this.server.block[SERVER.lateAnswers]! += 1;
      } else {
        call.values = parser.values;
        call.failed = parser.failed;
        if (parser.failed) {
          call.serverFailed = parser.serverFailed;
          if (call !== this.check) this.check.doubtful = true;
        }
        this.server.answered(call);
        call.onReply(bytes, start, replyEnd, true);
        if (this.socket !== socket) return -1;
      }
      parser.asked.drop(words);
      start = at;
    }
    return start;
  }

  private readAuthReply(bytes: Buffer, start: number, end: number): number {
    const lineEnd = bytes.indexOf(10, start);
    if (lineEnd < 0 || lineEnd >= end) {
      if (end - start <= maxReplyLine) return start;
      this.lose("handshake", "an answer to authentication that does not end");
      return -1;
    }
    const answer = bytes.toString("latin1", start, lineEnd).trim();
    if (answer !== "STORED") {
      this.lose("handshake", `authentication refused: ${answer.slice(0, 80)}`);
      return -1;
    }
    this.onOpen();
    return lineEnd + 1;
  }
}

/** Whether the server owes the call an answer. One whose client has not sent all of it yet cannot be answered. */
function isWaiting(call: Call): boolean {
  return !call.expired && !owesValue(call);
}

/** Whether its client has not sent all of its value yet. */
function owesValue(call: Call): boolean {
  return call.start === Number.POSITIVE_INFINITY;
}

function openSocket(target: Target, onBytes: (bytes: Buffer, length: number) => void, onConnect: () => void) {
  const { address, tls } = target;
  const path = "path" in address;
  if (tls !== null) {
    const where = path ? { path: address.path } : { host: address.host, port: address.port };
    const socket = loadTls().connect({ ...where, ...tls });
    socket.on("secureConnect", onConnect);
    return readEvents(socket, onBytes);
  }
  const options = path
    ? { path: address.path }
    : { host: address.host, port: address.port, noDelay: true, keepAlive: target.keepAlive };
  return connectSocket(options, onBytes).on("connect", onConnect);
}
