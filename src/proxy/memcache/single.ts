import { Exchange } from "./exchange.ts";
import { resend } from "./resend.ts";

const spare: Single[] = [];
const kept = 1024;

/** The plain case, one request to one server; its record is used again. */
export class Single extends Exchange {
  static take(): Single {
    return spare.pop() ?? new Single();
  }

  override moveOn(bytes: Buffer, start: number, end: number): boolean {
    return resend(this, this.pool!, bytes, start, end);
  }

  override recycle(): void {
    // One that was given up is still in its connection's order of replies.
    if (this.expired || spare.length === kept) return;
    this.finished = this.silent = this.streaming = this.failed = false;
    this.values = this.keys = 0;
    spare.push(this);
  }
}
