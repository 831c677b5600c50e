import type { EventEmitter } from "node:events";

/** Reads lines and counted bytes of a socket, or of what speaks like one. Rejects with `ConnectionLost` once the other side has closed. */
export class WireReader {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #lost: ConnectionLost | null = null;
  #wake: (() => void) | null = null;

  constructor(socket: Pick<EventEmitter, "on">) {
    socket.on("data", (chunk: Buffer) => {
      this.#bytes = this.#left === 0 ? chunk : Buffer.concat([this.#bytes.subarray(this.#at), chunk]);
      this.#at = 0;
      this.#wake?.();
    });
    let reason: Error | null = null;
    socket.on("error", (error) => {
      reason = error;
    });
    socket.on("close", () => {
      this.#lost = new ConnectionLost(reason);
      this.#wake?.();
    });
  }

  /** The next line without its end. */
  async line(): Promise<string> {
    let end = this.#bytes.indexOf(0x0a, this.#at);
    while (end < 0) {
      await this.#more();
      end = this.#bytes.indexOf(0x0a, this.#at);
    }
    const line = this.#bytes.toString("latin1", this.#at, end);
    this.#at = end + 1;
    return line.endsWith("\r") ? line.slice(0, -1) : line;
  }

  /** The next `length` bytes, which must be followed by a line end; valid until the next read. */
  async block(length: number): Promise<Buffer> {
    while (this.#left < length + 2) {
      try {
        await this.#more();
      } catch (error) {
        if (error instanceof ConnectionLost) error.inValue = true;
        throw error;
      }
    }
    const end = this.#at + length;
    const block = this.#bytes.subarray(this.#at, end);
    if (this.#bytes[end] !== 0x0d || this.#bytes[end + 1] !== 0x0a)
      throw new Error("no line end after a value");
    this.#at = end + 2;
    return block;
  }

  /** The next `length` bytes; valid until the next read. */
  async bytes(length: number): Promise<Buffer> {
    while (this.#left < length) await this.#more();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** 1 to `most` bytes, as many as there are; valid until the next read. */
  async some(most: number): Promise<Buffer> {
    while (this.#left === 0) await this.#more();
    const end = Math.min(this.#at + most, this.#bytes.length);
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  /** Bytes that have come and were not asked for. */
  get #left(): number {
    return this.#bytes.length - this.#at;
  }

  get hasMore(): boolean {
    return this.#left > 0;
  }

  async #more(): Promise<void> {
    if (this.#lost !== null) throw this.#lost;
    await new Promise<void>((wake) => {
      this.#wake = wake;
    });
    this.#wake = null;
  }
}

/** The other side has closed the connection. */
export class ConnectionLost extends Error {
  /** Whether that was within a value. */
  inValue = false;
  /** Whether the other side has said that this is the end, and not broken off. */
  readonly isClean: boolean;

  constructor(reason: Error | null) {
    super(reason?.message ?? "closed");
    this.isClean = reason === null;
  }
}
