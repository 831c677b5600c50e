import type { Socket } from "node:net";
import type { SocketWriter } from "./socket-writer.ts";

/** Tells for how long a peer has taken nothing of what waits for it, as far as regular looks at it show. */
export class StallWatch {
  private since = 0;
  private left = 0;

  /** Looks at `now` (ms) how much of what `writer` has handed to `socket` is still there. Returns ms; 0 while all goes well. */
  look(writer: SocketWriter, socket: Socket, now: number): number {
    const left = writer.unsent === 0 ? 0 : queued(socket, writer.unsent);
    if (left === 0 || left !== this.left) {
      this.left = left;
      this.since = now;
    }
    return now - this.since;
  }
}

/**
 * Bytes that the kernel has not taken yet: it shrinks with every piece that the peer takes, where a write is only done when
 * the last one has gone. A property without documentation; `all` where it is not to be had.
 */
function queued(socket: Socket, all: number): number {
  const { _handle } = socket as unknown as { _handle?: { writeQueueSize?: number } | null };
  return _handle?.writeQueueSize ?? all;
}
