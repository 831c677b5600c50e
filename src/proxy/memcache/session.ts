import { ByteQueue } from "../../core/byte-queue.ts";
import type { ByteStream } from "../../core/byte-stream.ts";
import { closeGently } from "../../core/close-gently.ts";
import { nextSerial, type OpenConnection } from "../../core/open-connection.ts";
import { SocketWriter } from "../../core/socket-writer.ts";
import { StallWatch } from "../../core/stall-watch.ts";
import type { TurnClock } from "../../core/turn-clock.ts";
import { maxGetLine, maxLine, parsed } from "../../memcache/request-parser.ts";
import { type ClientError, clientError, type Shed } from "../../observe/metric-labels.ts";
import { LISTENER } from "../../observe/metric-layout.ts";
import { binaryHeader, binaryMagic, binaryRefusal } from "./binary-refusal.ts";
import { dispatch } from "./dispatch.ts";
import { Exchange } from "./exchange.ts";
import type { SessionHost } from "./session-host.ts";
import type { Upload } from "./upload.ts";
import type { UploadPlace } from "./upload-place.ts";

const lf = 0x0a;

/** Answers up to this size fit however many of them are in flight, with the usual limits. */
const noticeable = 4096;

/**
 * One client.
 *
 *     socket → onBytes → process → dispatch → (upstream)
 *     socket ← writer  ← send    ← first exchange, then the next …
 *
 * Requests are answered in their order. While a limit is reached the rest of what was read waits in `input` and the
 * socket is not read, so that a client that sends more than it takes costs only itself.
 */
export class Session implements OpenConnection {
  readonly host: SessionHost;
  readonly turn: TurnClock;
  readonly socket: ByteStream;
  readonly serial = nextSerial();
  readonly openedAt: number;
  /** Requests that have begun. */
  requests = 0;
  readonly writer: SocketWriter;
  /** The client is gone, or cut off. */
  closed = false;
  /** The oldest request without a complete answer, and the newest. */
  first: Exchange | null = null;
  private last: Exchange | null = null;
  inFlight = 0;
  /** When bytes last came, in ms. */
  lastHeard: number;
  /** The client has shown that it may. */
  authenticated: boolean;
  /** A request that must be alone in flight is: nothing is read until it is answered. */
  exclusive = false;
  /** Bytes still to drop of a value that was refused. */
  swallow = 0;
  /** Where the bytes of a value go that is passed on as it comes, or null. */
  upload: Upload | null = null;
  /** A large value that waits for a connection, or has got one by waiting; else null. */
  place: UploadPlace | null = null;
  /** The client has not shown yet that it speaks the text protocol. */
  private fresh = true;
  /** It speaks the binary protocol, and each of its requests is refused. */
  private binary = false;
  private readonly input = new ByteQueue();
  /** `input` need not be looked at before it is this long, or its line has ended. */
  private needed = 0;
  /** When the first byte of `input` came, or the client was let go on with it; in ms. */
  private inputSince = 0;
  /** `input` ends within a command line. */
  private inLine = false;
  /** Bytes that answers have had lately; 0: too little to matter. */
  expected = 0;
  /** Requests that change something, of all that have begun. */
  changes = 0;
  /** Answers that are to be asked for once more: until then nothing else is. */
  rereads = 0;
  /** Bytes of requests that are kept until they are answered. */
  requestBytes = 0;
  /** Bytes of answers that wait for their turn. */
  private heldBytes = 0;
  private processing = false;
  private reading = true;
  /** It is to leave, or has closed its side: what it has asked for is still answered. */
  private leaving = false;
  /** The client has closed its side. */
  private halfClosed = false;
  /** Nothing more is read: the client has said quit, or the stream is out of step. */
  private ending = false;
  /** null until something had to wait for the client. */
  private stall: StallWatch | null = null;

  constructor(host: SessionHost, socket: ByteStream) {
    this.host = host;
    this.turn = host.turn;
    this.socket = socket;
    this.lastHeard = this.openedAt = host.turn.now;
    this.authenticated = host.options.auth === null;
    this.writer = new SocketWriter(host.block, LISTENER.writtenBytes);
    this.writer.open(socket);
    this.writer.onDrain = () => {
      this.first?.clientTook();
      this.proceed();
    };
    socket.on("error", () => this.gone());
    socket.on("close", () => this.gone());
    socket.on("end", () => this.hungUp());
  }

  /** Bytes from the client; valid during the call only. */
  onBytes(bytes: Buffer, length: number): void {
    this.lastHeard = this.turn.read();
    this.host.block[LISTENER.readBytes]! += length;
    if (this.ending || this.closed) return;
    if (this.input.length > 0) {
      this.input.append(bytes, 0, length);
      const lineEnded = this.inLine && bytes.subarray(0, length).includes(lf);
      if (lineEnded || this.input.length >= this.needed) this.processInput();
    } else {
      const understood = this.process(bytes, 0, length);
      if (understood < length && !this.closed) {
        // A value is at most `readWhole` long; room for all of it now spares growing on the way.
        if (!this.inLine) this.input.reserve(this.needed);
        this.input.append(bytes, understood, length);
        this.inputSince = this.lastHeard;
      }
    }
    if (this.input.length > 0) this.host.stalled.grown();
    if (this.ending || this.leaving) this.proceed();
    else if (!this.closed) this.regulate();
  }

  /** Why there is no room for another request, which has begun, or is one of those `coming`; null if there is. */
  crowdedOut(coming = 0): Shed | null {
    const { admission, router } = this.host;
    return admission.refusalFor(router.priority, coming);
  }

  /** Appends an exchange to the order of answers. */
  enqueue(exchange: Exchange): void {
    if (this.last === null) this.first = exchange;
    else this.last.next = exchange;
    this.last = exchange;
    this.inFlight++;
  }

  /** The first exchange is done: the next ones have their turn. */
  advance(): void {
    let exchange = this.first;
    while (exchange !== null) {
      const { next } = exchange;
      if (exchange.finished && exchange.held.length > 0) exchange.release();
      exchange.next = null;
      this.first = next;
      this.inFlight--;
      exchange.recycle();
      exchange = next;
      if (exchange !== null && !exchange.finished) {
        exchange.promote();
        break;
      }
    }
    if (this.first === null) {
      this.last = null;
      this.exclusive = false;
    }
    if (this.input.length > 0 || !this.reading || this.ending || this.leaving) this.proceed();
  }

  /** Sends bytes of the answer whose turn it is. */
  send(bytes: Uint8Array, start: number, end: number): void {
    if (!this.closed) this.writer.append(bytes, start, end);
  }

  /** Sends all of `queue` and leaves it empty. */
  sendQueue(queue: ByteQueue): void {
    if (this.closed) queue.clear();
    else this.writer.appendQueue(queue);
  }

  /** Answers a request that goes nowhere. */
  reply(text: string): void {
    if (this.first === null) {
      this.writer.appendLatin1(text);
      return;
    }
    const exchange = new Exchange();
    exchange.session = this;
    this.enqueue(exchange);
    exchange.answer(text);
  }

  /** Answers with an error and counts it. */
  refuse(kind: ClientError, text: string): void {
    this.host.block[LISTENER.errors + clientError[kind]]! += 1;
    this.reply(text);
  }

  /** An answer is `size` bytes long: those of the requests behind it may be as long. */
  expect(size: number): void {
    const { expected } = this;
    const next = size >= expected ? size : expected - ((expected - size) >> 3);
    this.expected = next > noticeable ? next : 0;
  }

  /** Whether there is room for so many more bytes of answers. */
  canHold(size: number): boolean {
    return this.heldBytes + this.writer.backlog + size <= this.host.options.limits.bytes;
  }

  /** Counts bytes of an answer that has to wait. */
  hold(size: number): void {
    this.heldBytes += size;
  }

  unhold(size: number): void {
    this.heldBytes -= size;
  }

  /** Reads no more requests; closes when those read are answered. */
  end(): void {
    this.ending = true;
    this.input.clear();
    this.proceed();
  }

  /** Closes as soon as what the client has sent is answered. */
  leave(): void {
    this.leaving = true;
    this.proceed();
  }

  /** The client has closed its side: half a value stays half. */
  private hungUp(): void {
    if (this.owesValue) this.host.block[LISTENER.errors + clientError.client_gone]! += 1;
    this.halfClosed = true;
    this.upload?.clientGone();
    this.leave();
  }

  /** The client is gone, whatever it had asked for. */
  private gone(): void {
    if (this.closed) return;
    if (this.upload !== null || this.isAwaiting)
      this.host.block[LISTENER.errors + clientError.client_gone]! += 1;
    this.close();
  }

  /** An answer that is for the client has not come yet. */
  private get isAwaiting(): boolean {
    for (let exchange = this.first; exchange !== null; exchange = exchange.next)
      if (!exchange.silent) return true;
    return false;
  }

  /** Cuts the client off. `kind`: what it has done; null: nothing. */
  abort(reason: string, kind: ClientError | null): void {
    if (this.closed) return;
    if (kind !== null) this.host.block[LISTENER.errors + clientError[kind]]! += 1;
    this.host.log("warn", { client: this.socket.remoteAddress, reason }, "client cut off");
    this.close();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.upload?.clientGone();
    this.place?.leave();
    this.input.clear();
    for (let exchange = this.first; exchange !== null; exchange = exchange.next) exchange.leave();
    this.first = this.last = null;
    this.heldBytes = 0;
    this.writer.close();
    this.socket.destroy();
    this.host.closed(this);
  }

  /** Nothing is under way for this client. */
  get idle(): boolean {
    return this.first === null && this.upload === null && this.writer.backlog === 0;
  }

  /** The client owes the rest of a value. */
  get owesValue(): boolean {
    return ((this.needed > 0 && !this.inLine) || this.swallow > 0 || this.upload !== null) && !this.halted();
  }

  /** The client owes the rest of a command line. */
  get owesLine(): boolean {
    return this.input.length > 0 && !this.owesValue && !this.halted();
  }

  /** For how long the rest of a line has been waited for, in ms. */
  lineAge(now: number): number {
    return now - this.inputSince;
  }

  /** For how long the client has taken nothing of what waits for it, in ms; to be asked every second. */
  stalledFor(now: number): number {
    if (this.stall === null) {
      if (this.writer.unsent === 0) return 0;
      this.stall = new StallWatch();
    }
    return this.stall.look(this.writer, this.socket, now);
  }

  get stalledBytes(): number {
    const half = this.input.length > 0 && !this.halted() ? this.input.buffer.length : 0;
    return this.takesNothing ? half + this.heldBytes + this.writer.backlog : half;
  }

  get stalledSince(): number {
    return this.takesNothing ? this.stall!.stalledSince : this.inputSince;
  }

  endStalled(): void {
    if (this.takesNothing) this.abort("takes no answers, and others need the memory", "client_too_slow");
    else this.abort("stopped in the middle of a request, and others need the memory", "idle");
  }

  private get takesNothing(): boolean {
    return this.stall?.takesNothing(this.writer) === true;
  }

  /** Bytes held for this client. */
  get buffered(): number {
    return this.input.buffer.length + this.requestBytes + this.heldBytes + this.writer.held;
  }

  /** Goes on where a limit had stopped it, or finishes. */
  proceed(): void {
    if (this.closed || this.processing) return;
    if (this.input.length >= Math.max(1, this.needed) && !this.halted()) this.processInput();
    if (this.closed) return;
    this.regulate();
    if (!this.ending && !(this.leaving && !this.halted())) return;
    if (this.first !== null || this.upload !== null) return;
    if (!this.ending && !this.halfClosed && this.owesValue) return;
    this.writer.flush();
    if (this.writer.backlog === 0) this.finish();
  }

  /** Everything is said. */
  private finish(): void {
    this.closed = true;
    this.place?.leave();
    this.input.clear();
    this.host.closed(this);
    closeGently(this.socket, this.turn.clock, this.halfClosed);
  }

  private processInput(): void {
    const { input } = this;
    const understood = this.process(input.buffer, 0, input.length);
    if (this.closed || understood === 0) return;
    input.consume(understood);
    this.inputSince = this.turn.now;
  }

  /** Requests in bytes[start, end) go their way; returns where an incomplete or not yet wanted one begins. */
  private process(bytes: Buffer, start: number, end: number): number {
    const { parser } = this.host;
    if (this.fresh) {
      this.binary = bytes[start] === binaryMagic;
      this.fresh = false;
    }
    this.processing = true;
    this.needed = 0;
    this.inLine = false;
    let at = start;
    while (at < end && !this.halted()) {
      if (this.swallow > 0) {
        const count = Math.min(this.swallow, end - at);
        this.swallow -= count;
        at += count;
        continue;
      }
      if (this.upload !== null) {
        at += this.upload.write(bytes, at, end);
        continue;
      }
      if (this.binary) {
        const next = this.refuseBinary(bytes, at, end);
        if (next === at) break;
        at = next;
        continue;
      }
      const state = parser.parse(bytes, at, end);
      if (state === parsed.incomplete) {
        this.inLine = true;
        this.needed = nextLook(end - at);
        break;
      }
      if (state === parsed.request) {
        const next = dispatch(this, parser, bytes, at, end);
        if (next > end) {
          this.needed = next - at;
          break;
        }
        at = next;
      } else {
        this.rejected(state === parsed.hopeless);
        at = parser.lineEnd;
      }
    }
    this.processing = false;
    return this.ending || this.closed ? end : at;
  }

  /** Refuses a request of the binary protocol; returns where its body begins, or `start` if there is none yet. */
  private refuseBinary(bytes: Buffer, start: number, end: number): number {
    if (bytes[start] !== binaryMagic) this.end();
    const refusal = binaryRefusal(bytes, start, end);
    if (this.ending || refusal === undefined) return start;
    this.host.block[LISTENER.errors + clientError.binary_protocol]! += 1;
    this.writer.append(refusal, 0, refusal.length);
    this.swallow = bytes.readUInt32BE(start + 8);
    return start + binaryHeader;
  }

  /** Whether the next request has to wait. */
  private halted(): boolean {
    const { options, paused } = this.host;
    if (this.ending || this.closed || paused || this.exclusive) return true;
    // The rest of a value is no request: it needs no room but the server's.
    if (this.upload !== null) return this.upload.full;
    return (
      this.inFlight >= options.limits.requests ||
      this.rereads > 0 ||
      this.place?.isWaiting === true ||
      this.isCrowded(options.limits.bytes / 2)
    );
  }

  /** Whether answers, as many as are to come, may be more than `most` bytes. */
  private isCrowded(most: number): boolean {
    const others = this.inFlight * this.expected + this.requestBytes + this.heldBytes;
    return others + this.writer.backlog > most && (others > most || this.writer.isFull(most - others));
  }

  /** Reads from the client exactly while its requests are wanted. */
  private regulate(): void {
    const wanted = !this.halted();
    if (wanted === this.reading) return;
    this.reading = wanted;
    if (wanted) {
      // While it was not read, the client kept nobody waiting.
      this.lastHeard = this.inputSince = this.turn.now;
      this.socket.resume();
    } else this.socket.pause();
  }

  private rejected(hopeless: boolean): void {
    const { parser, block } = this.host;
    block[LISTENER.errors + parser.errorKind]! += 1;
    if (parser.valueLength >= 0) this.swallow = parser.valueLength + 2;
    if (parser.answer !== "") this.reply(parser.answer);
    if (hopeless) this.end();
  }
}

/** How long a line may become before it is looked at again, so that one that comes in small pieces costs no more. */
function nextLook(length: number): number {
  return Math.min(2 * length, 1 + (length <= maxLine ? maxLine : maxGetLine));
}
