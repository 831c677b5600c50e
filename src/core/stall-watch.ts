import type { ByteStream } from "./byte-stream.ts";
import type { SocketWriter } from "./socket-writer.ts";

/** Tells for how long a peer has taken nothing of what waits for it, as far as regular looks at it show. */
export class StallWatch {
  private since = 0;
  /** At the last look; -1: nothing was waiting then. */
  private taken = -1;

  /** Looks at `now` (ms) how much of what `writer` has ever handed to `socket` was taken. Returns ms; 0 while all goes well. */
  look(writer: SocketWriter, socket: ByteStream, now: number): number {
    const left = writer.unsent === 0 ? 0 : queued(socket, writer.unsent);
    // What is left may be as much as at the last look, and yet not the same bytes.
    const taken = left === 0 ? -1 : writer.written - left;
    if (taken === -1 || taken !== this.taken) {
      this.taken = taken;
      this.since = now;
    }
    return now - this.since;
  }
}

/**
 * Bytes that the kernel has not taken yet: it shrinks with every piece that the peer takes, where a write is only done when
 * the last one has gone. A property without documentation; `all` where it is not to be had.
 */
function queued(socket: ByteStream, all: number): number {
  const { _handle } = socket as unknown as { _handle?: { writeQueueSize?: number } | null };
  return _handle?.writeQueueSize ?? all;
}
