import type { RequestParser } from "../../http1/request-parser.ts";

/** Whether the client's connection outlives the answer (RFC 9112 9.3), and how the answer says so. */
export class Persistence {
  /** The client speaks HTTP/1.0. */
  old = false;
  /** The connection ends with this answer. */
  closing = false;
  /** The client sends no more than this request (RFC 9112 9.6). */
  clientIsDone = false;
  private wanted = false;

  /** `last`: the connection has had as many requests as it may. */
  begin(head: RequestParser, last: boolean): void {
    this.old = head.minor === 0;
    this.clientIsDone = !head.keepAlive;
    this.wanted = head.keepAlive && !last;
    this.closing = false;
  }

  /** An answer is about to begin; `ends`: there is a reason of its own to close after it. */
  settle(ends: boolean): void {
    this.closing = ends || !this.wanted;
  }

  /** Value of the answer's Connection; null where it goes without saying. */
  get header(): "close" | "keep-alive" | null {
    if (this.closing) return "close";
    return this.old ? "keep-alive" : null;
  }
}
