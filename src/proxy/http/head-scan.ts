import type { ByteQueue } from "../../core/byte-queue.ts";
import { HeadEnd } from "../../http1/head-end.ts";

/** Finds the end of a head that comes in pieces, so that each byte is looked at once, and the head parsed when it is whole. */
export class HeadScan {
  private readonly headEnd = new HeadEnd();
  private scanned = 0;

  /** Whether `input`, which has grown since the last look, has a head's end, or is longer than a head may be. */
  isWorthParsing(input: ByteQueue, longest: number): boolean {
    if (this.scanned >= input.length) return false;
    const found = this.headEnd.find(input.buffer, this.scanned, input.length);
    this.scanned = input.length;
    return found !== -1 || input.length > longest;
  }

  /** `input` begins with something else now. */
  reset(): void {
    this.scanned = 0;
    this.headEnd.reset();
  }
}
