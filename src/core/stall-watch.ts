import type { ByteStream } from "./byte-stream.ts";
import type { SocketWriter } from "./socket-writer.ts";

/** Who has taken nothing for so long keeps memory for nothing, in ms. */
const patience = 2_000;

/** Tells for how long a peer has taken nothing of what waits for it, as far as regular looks at it show. */
export class StallWatch {
  private since = 0;
  /** At the last look; -1: nothing was waiting then. */
  private taken = -1;
  private stalled = 0;

  /** Looks at `now` (ms) how much of what `writer` has ever handed to `socket` was taken. Returns ms; 0 while all goes well. */
  look(writer: SocketWriter, socket: ByteStream, now: number): number {
    const left = writer.unsent === 0 ? 0 : queuedBytes(socket, writer.unsent);
    // What is left may be as much as at the last look, and yet not the same bytes.
    return this.note(left === 0 ? -1 : writer.written - left, now);
  }

  /** The same where the peer has taken `taken` bytes in all by `now`; -1: nothing waits for it. */
  note(taken: number, now: number): number {
    if (taken === -1 || taken !== this.taken) {
      this.taken = taken;
      this.since = now;
    }
    this.stalled = now - this.since;
    return this.stalled;
  }

  /** Whether the peer has taken nothing for so long, at the last look, that it keeps memory for nothing. */
  takesNothing(writer: SocketWriter): boolean {
    return writer.unsent > 0 && this.hasStalled;
  }

  /** Whether it had taken nothing for so long at the last look. */
  get hasStalled(): boolean {
    return this.stalled >= patience;
  }

  /** Since when it has taken nothing, in ms. */
  get stalledSince(): number {
    return this.since;
  }
}

/**
 * Bytes that the kernel has not taken yet: it shrinks with every piece that the peer takes, where a write is only done when
 * the last one has gone. A property without documentation; `all` where it is not to be had.
 */
export function queuedBytes(socket: object, all: number): number {
  const { _handle } = socket as unknown as { _handle?: { writeQueueSize?: number } | null };
  return _handle?.writeQueueSize ?? all;
}
