import type { Socket } from "node:net";
import { forgetBuffer, giveBuffer } from "./buffer-pool.ts";
import { ByteQueue } from "./byte-queue.ts";
import { type Destroyable, handleOf, onWritten, type StreamHandle, writeStraight } from "./stream-handle.ts";

/** More than this is written at once instead of at the end of the turn, so that memory stays small. */
const eager = 256 * 1024;

/** What bytes leave through: a socket, or whatever else takes them as a socket does. */
export interface ByteTarget {
  /** `done` is called when these bytes, which are not copied, and all before them have gone, or never will. */
  write(bytes: Uint8Array, done?: (error?: Error | null) => void): unknown;
  /** Bytes that have not gone yet. */
  readonly writableLength: number;
}

/**
 * The way out of a connection. What is appended in one turn of the event loop leaves in one write at its end:
 * system calls, not bytes, are what a proxy of small messages spends its time on.
 *
 * While the kernel takes no more, bytes wait in `pending` (whose length the owner bounds); `onDrain` tells when
 * all has gone.
 */
export class SocketWriter {
  readonly pending = new ByteQueue();
  /** Bytes handed to the socket that the kernel has not taken yet. */
  unsent = 0;
  /** Bytes that it has ever handed to a socket. */
  written = 0;
  onDrain: (() => void) | null = null;
  /** What a failed write destroys in place of the socket, which may hold bytes that nobody has read; null: the socket. */
  doomed: Destroyable | null = null;
  /** Where bytes handed to the socket are counted. */
  private readonly block: Float64Array;
  private readonly writtenBytes: number;
  /** Length of the buffers that the socket reads from. */
  private lent = 0;
  private socket: ByteTarget | null = null;
  private handle: StreamHandle | null = null;
  private dirty = false;
  private nextDirty: SocketWriter | null = null;
  /** What has waited for the connection to open leaves with the next flush. */
  private opened = false;

  constructor(block: Float64Array, writtenBytes: number) {
    this.block = block;
    this.writtenBytes = writtenBytes;
  }

  /** From now on bytes leave through `socket`; what was appended before leaves with the next flush. */
  open(socket: ByteTarget): void {
    this.socket = socket;
    this.handle = handleOf(socket);
    if (this.pending.length === 0) return;
    this.opened = true;
    if (!this.dirty) this.flushLater();
  }

  /** Drops what is waiting; later bytes wait for the next `open`. */
  close(): void {
    this.socket = null;
    this.handle = null;
    this.opened = false;
    this.unsent = 0;
    this.pending.clear();
  }

  /** Bytes waiting here or in the socket. */
  get backlog(): number {
    return this.pending.length + this.unsent;
  }

  /** Bytes of memory that the backlog takes: buffers are longer than what is in them. */
  get held(): number {
    return this.pending.buffer.length + this.lent;
  }

  /** Whether more than `limit` bytes wait that do not leave at once. */
  isFull(limit: number): boolean {
    if (this.backlog <= limit) return false;
    // What would leave at the end of the turn leaves now: only the going of what does not will be told.
    this.flush();
    return this.backlog > limit;
  }

  /** Room for so many more bytes without growing on the way. */
  reserve(size: number): void {
    this.pending.reserve(this.pending.length + Math.min(size, eager));
  }

  append(source: Uint8Array, start: number, end: number): void {
    this.pending.append(source, start, end);
    if (!this.dirty) this.flushLater();
    else if (this.pending.length >= eager) this.flush();
  }

  /** Appends all of `queue` and leaves it empty. */
  appendQueue(queue: ByteQueue): void {
    this.pending.moveFrom(queue);
    if (!this.dirty) this.flushLater();
    else if (this.pending.length >= eager) this.flush();
  }

  appendByte(byte: number): void {
    this.pending.appendByte(byte);
    if (!this.dirty) this.flushLater();
  }

  appendLatin1(text: string): void {
    this.pending.appendLatin1(text);
    if (!this.dirty) this.flushLater();
  }

  flush(): void {
    const { socket, pending, unsent } = this;
    if (socket === null || unsent > 0 || pending.length === 0) return;
    this.block[this.writtenBytes]! += pending.length;
    this.written += pending.length;
    if (this.handle !== null) this.writeToHandle(socket as Socket, this.handle);
    else this.writeToSocket(socket);
  }

  private writeToHandle(socket: Socket, handle: StreamHandle): void {
    const { length } = this.pending;
    const bytes = this.pending.buffer.subarray(0, length);
    const doomed = this.doomed ?? socket;
    const request = writeStraight(doomed, handle, bytes);
    // What fails at once has taken no byte.
    if (this.socket === null) this.written -= length;
    else if (request === null) this.pending.clear();
    else onWritten(doomed, request, bytes, this.handOver(socket));
  }

  private writeToSocket(socket: ByteTarget): void {
    socket.write(this.pending.buffer.subarray(0, this.pending.length));
    if (socket.writableLength === 0) {
      this.pending.clear();
      return;
    }
    const written = this.handOver(socket);
    socket.write(empty, (error) => written(error !== null && error !== undefined));
  }

  /** The socket goes on reading from the buffer: it is the socket's until what is returned here is called. */
  private handOver(socket: ByteTarget): (failed: boolean) => void {
    const { pending } = this;
    const { buffer } = pending;
    this.unsent = pending.length;
    this.lent += buffer.length;
    pending.buffer = empty;
    pending.length = 0;
    return (failed) => {
      this.lent -= buffer.length;
      if (failed) forgetBuffer(buffer);
      else giveBuffer(buffer);
      if (this.socket === socket) this.drained();
    };
  }

  private drained(): void {
    this.unsent = 0;
    this.flush();
    if (this.unsent === 0) this.onDrain?.();
  }

  private flushLater(): void {
    this.dirty = true;
    if (firstDirty === null) setImmediate(flushDirty);
    else lastDirty!.nextDirty = this;
    firstDirty ??= this;
    lastDirty = this;
  }

  /** The turn's flush; see `flushDirty`. Returns the next one to flush. */
  flushTurn(): SocketWriter | null {
    const next = this.nextDirty;
    this.nextDirty = null;
    this.dirty = false;
    this.flush();
    if (this.opened) {
      this.opened = false;
      // Else `drained` tells.
      if (this.backlog === 0) this.onDrain?.();
    }
    return next;
  }
}

const empty = Buffer.alloc(0);
/** A list of those that have something to say. */
let firstDirty: SocketWriter | null = null;
let lastDirty: SocketWriter | null = null;

/** One write per connection with something to say, at the end of each turn of the event loop. */
function flushDirty(): void {
  let writer = firstDirty;
  firstDirty = lastDirty = null;
  while (writer !== null) writer = writer.flushTurn();
}
