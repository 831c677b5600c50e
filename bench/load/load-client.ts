import { connect, type Socket } from "node:net";
import type { KeySpace } from "./key-space.ts";
import type { LoadOptions } from "./load-options.ts";
import { ReplyReader } from "./reply-reader.ts";
import type { Tally } from "./tally.ts";

const firstRetryMs = 10;
const lastRetryMs = 500;

/** What the clients of one run share. */
export interface LoadContext {
  readonly options: LoadOptions;
  readonly keys: KeySpace;
  readonly tally: Tally;
  /** Read buffer of all connections; what is in it is consumed before the next read. */
  readonly readBuffer: Buffer;
  /** While false, clients stop after the answers they wait for. */
  running: boolean;
  /** Key that is to be set next while loading, -1 once all are set. */
  nextPreload: number;
}

/**
 * One connection: writes a batch of requests, waits for all the answers, writes the next. A lost connection is
 * counted and made anew.
 */
export class LoadClient {
  readonly #context: LoadContext;
  readonly #reader: ReplyReader;
  readonly #onIdle: () => void;
  #out = Buffer.alloc(0);
  #socket: Socket | null = null;
  #random: number;
  #sentAt = 0;
  #retryMs = firstRetryMs;
  #connected = false;
  /** Set until the first connection stands; later ones go on with the load by themselves. */
  #onFirstConnect: (() => void) | null = null;

  /** `onIdle` is called whenever the client has stopped because the run does not go on. */
  constructor(context: LoadContext, number: number, onIdle: () => void) {
    this.#context = context;
    this.#onIdle = onIdle;
    this.#reader = new ReplyReader(context.keys, context.tally, context.options);
    this.#random = Math.imul(context.options.seed * 1000 + number + 1, 0x9e3779b1) | 1;
  }

  /** Resolves once connected; the load starts with `send`. */
  connect(): Promise<void> {
    return new Promise((resolve) => {
      this.#onFirstConnect = resolve;
      this.#open();
    });
  }

  close(): void {
    this.#connected = false;
    this.#socket?.destroy();
    this.#socket = null;
  }

  /** Gives the connection up if the batch in flight is older than the timeout. */
  checkTimeout(now: number): void {
    const { timeout } = this.#context.options;
    if (timeout === 0 || this.#reader.pending === 0 || now - this.#sentAt < timeout) return;
    this.#context.tally.timeouts++;
    this.#socket?.destroy();
  }

  /** Writes the next batch, or reports idle if the run does not go on. */
  send(): void {
    const socket = this.#socket;
    if (!this.#connected || socket === null) return;
    if (!this.#context.running && this.#context.nextPreload < 0) {
      this.#onIdle();
      return;
    }
    // Answered before it was read to the end: the buffer is still in use.
    if (socket.writableLength > 0) {
      setImmediate(() => this.send());
      return;
    }
    const length = this.#fill();
    this.#sentAt = performance.now();
    socket.write(this.#out.subarray(0, length));
  }

  #open(): void {
    const { options, readBuffer } = this.#context;
    const socket = connect({
      host: options.host,
      port: options.port,
      noDelay: true,
      onread: { buffer: readBuffer, callback: (length) => this.#read(length) },
    });
    this.#socket = socket;
    socket.on("connect", () => {
      this.#connected = true;
      this.#retryMs = firstRetryMs;
      const first = this.#onFirstConnect;
      this.#onFirstConnect = null;
      if (first !== null) first();
      else this.send();
    });
    socket.on("error", (error) => this.#context.tally.note(error.message));
    socket.on("close", () => this.#closed(socket));
  }

  #read(length: number): boolean {
    const { readBuffer, tally } = this.#context;
    const before = tally.requests;
    const inStep = this.#reader.feed(readBuffer, length);
    const answered = tally.requests - before;
    if (answered > 0) tally.latency.record((performance.now() - this.#sentAt) * 1000, answered);
    if (!inStep) this.#socket?.destroy();
    else if (this.#reader.pending === 0) this.send();
    return true;
  }

  #closed(socket: Socket): void {
    if (this.#socket !== socket) return;
    const { tally, running, nextPreload } = this.#context;
    this.#connected = false;
    this.#socket = null;
    tally.lost += this.#reader.pending;
    this.#reader.reset();
    if (!running && nextPreload < 0 && this.#onFirstConnect === null) {
      this.#onIdle();
      return;
    }
    tally.reconnects++;
    setTimeout(() => this.#open(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, lastRetryMs);
  }

  #fill(): number {
    const { keys, options } = this.#context;
    const needed = options.depth * Math.max(keys.setLength, keys.getLength);
    if (this.#out.length < needed) this.#out = Buffer.allocUnsafeSlow(needed);
    if (this.#context.nextPreload >= 0) return this.#fillPreload();
    let at = 0;
    for (let request = 0; request < options.depth; request++) {
      const key = (this.#nextRandom() * keys.count) | 0;
      if (this.#nextRandom() < options.setRatio) {
        at = keys.writeSet(this.#out, at, key);
        this.#reader.expectSet(key);
      } else {
        at = keys.writeGet(this.#out, at, key);
        this.#reader.expectGet(key);
      }
    }
    return at;
  }

  #fillPreload(): number {
    const { keys } = this.#context;
    const key = this.#context.nextPreload++;
    if (this.#context.nextPreload === keys.count) this.#context.nextPreload = -1;
    this.#reader.expectSet(key);
    return keys.writeSet(this.#out, 0, key);
  }

  /** xorshift32 (Marsaglia 2003), as a number in 0..1. */
  #nextRandom(): number {
    let state = this.#random;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#random = state;
    return (state >>> 0) / 0x1_0000_0000;
  }
}
