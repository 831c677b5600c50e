import type { ByteTarget } from "./socket-writer.ts";

/** What a client's session asks of its connection: a part of `net.Socket`. */
export interface ByteStream extends ByteTarget {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** "end": the peer sends no more. "error": why it is over. "close": always the last. */
  on(event: "end" | "close" | "error", listener: () => void): this;
  once(event: "end" | "close", listener: () => void): this;
  pause(): this;
  resume(): this;
  /** Sends no more, after what was written. */
  end(): unknown;
  /** `end`, and `destroy` when the kernel has everything. */
  destroySoon(): void;
  destroy(error?: Error): unknown;
  /** Ends a TCP connection by a reset. */
  resetAndDestroy(): unknown;
}
