import { ByteQueue } from "../../core/byte-queue.ts";
import type { SocketWriter } from "../../core/socket-writer.ts";
import type { RequestParser } from "../../http1/request-parser.ts";

/** A head that was read once is read again from the copy. */
const noLimits = { head: 2 ** 30, headers: 65_535, target: 2 ** 30 };

/**
 * A request as it came (the head) and went (the body), as long as it may be sent again. So a request can be tried again
 * without the client, and can wait for a connection.
 */
export class Replay {
  /** It can still be sent from its beginning. */
  complete = false;
  readonly bytes = new ByteQueue();
  private headLength = 0;

  begin(head: RequestParser, bytes: Buffer): void {
    this.bytes.append(bytes, head.lineStart, head.headEnd);
    this.headLength = head.headEnd - head.lineStart;
    this.complete = true;
  }

  /** Where a body is to be copied to, of which `more` bytes come; null if it is too long, in all, to be kept. */
  forBody(more: number, limit: number): ByteQueue | null {
    if (!this.complete) return null;
    if (this.bytes.length - this.headLength + more <= limit) return this.bytes;
    this.drop();
    return null;
  }

  /** Reads the head anew: a parser serves every client of the thread. Returns the bytes that it has read. */
  parse(parser: RequestParser): Buffer {
    parser.limits = noLimits;
    parser.parse(this.bytes.buffer, 0, this.headLength);
    return this.bytes.buffer;
  }

  /** Sends the part of the body that has come. */
  writeBody(writer: SocketWriter): void {
    const { buffer, length } = this.bytes;
    if (length > this.headLength) writer.append(buffer, this.headLength, length);
  }

  drop(): void {
    this.complete = false;
    this.bytes.clear();
  }
}
