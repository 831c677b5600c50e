import { EventEmitter } from "node:events";
import type { ByteStream } from "./byte-stream.ts";
import {
  type ConnectionHandle,
  type OnBytes,
  onWritten,
  readHandle,
  shutDown,
  writeStraight,
} from "./stream-handle.ts";

/**
 * An accepted connection without `net.Socket`, straight on the handle that one would stand on: where every request comes on
 * a connection of its own, making and unmaking the two streams of a `net.Socket` is half of all the work in user space.
 *
 * Half-open, as a `net.Socket` with `allowHalfOpen` is: it goes on sending when the peer has ended, and closes when both have.
 */
export class StraightSocket extends EventEmitter implements ByteStream {
  /** null once it is closed or given away. Named as in `net.Socket`, for those who look at it. */
  _handle: ConnectionHandle | null;
  private peer: { address?: string; port?: number } | null = null;
  private reading = false;
  private heardOut = false;
  private sending: "open" | "ending" | "ended" = "open";
  private closesWhenEnded = false;

  /** Reads into `buffer` from the first `resume` on. */
  constructor(handle: ConnectionHandle, buffer: Buffer, onBytes: OnBytes) {
    super();
    this._handle = handle;
    readHandle(handle, buffer, onBytes, (error) => this.heardEnd(error));
  }

  get remoteAddress(): string | undefined {
    return this.peerName.address;
  }

  get remotePort(): number | undefined {
    return this.peerName.port;
  }

  get bytesRead(): number {
    return this._handle?.bytesRead ?? 0;
  }

  get bytesWritten(): number {
    return this._handle?.bytesWritten ?? 0;
  }

  get writableLength(): number {
    return this._handle?.writeQueueSize ?? 0;
  }

  write(bytes: Uint8Array, done?: (error?: Error | null) => void): void {
    const request = this._handle && writeStraight(this, this._handle, bytes);
    if (request === null) done?.();
    else onWritten(this, request, bytes, (failed) => done?.(failed ? new Error("not written") : null));
  }

  pause(): this {
    if (this.reading) this._handle?.readStop();
    this.reading = false;
    return this;
  }

  resume(): this {
    if (!this.reading && !this.heardOut) this._handle?.readStart();
    this.reading = true;
    return this;
  }

  end(): void {
    if (this.sending !== "open" || this._handle === null) return;
    this.sending = "ending";
    shutDown(this._handle, () => {
      this.sending = "ended";
      if (this.heardOut || this.closesWhenEnded) this.destroy();
    });
  }

  destroySoon(): void {
    this.closesWhenEnded = true;
    // With nothing left to send, to close says all that to end would.
    const idle = this.sending === "open" && this.writableLength === 0;
    if (idle || this.sending === "ended") this.destroy();
    else this.end();
  }

  destroy(error?: Error): void {
    const handle = this.release();
    if (handle === null) return;
    if (error !== undefined) process.nextTick(() => this.emit("error", error));
    handle.close(() => this.emit("close"));
  }

  resetAndDestroy(): void {
    const handle = this.release();
    if (handle === null) return;
    const closed = (): void => void this.emit("close");
    // libuv refuses to reset what has begun to end, and Node would then never close it.
    if (this.sending === "open" && handle.reset !== undefined) handle.reset(closed);
    else handle.close(closed);
  }

  /** Gives the connection away: nothing more comes of it here. */
  release(): ConnectionHandle | null {
    const handle = this._handle;
    this._handle = null;
    return handle;
  }

  private get peerName(): { address?: string; port?: number } {
    if (this.peer === null) {
      this.peer = {};
      this._handle?.getpeername?.(this.peer);
    }
    return this.peer;
  }

  private heardEnd(error: Error | null): void {
    if (error !== null) {
      this.destroy(error);
      return;
    }
    this.heardOut = true;
    this.emit("end");
    if (this.sending === "ended") this.destroy();
  }
}
