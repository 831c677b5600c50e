import { byte } from "./byte-tables.ts";

/**
 * Finds the end of a head that comes in pieces, looking at every byte once, so that a client that sends byte by byte
 * costs no more than one that sends all at once: a parser would begin anew with every piece.
 */
export class HeadEnd {
  /** Bytes of the line so far, and whether the last of them is a CR. */
  #length = 0;
  #isAfterCr = false;
  /** Whether a line that is not empty has ended: an empty one before it does not end the head (RFC 9112 2.2). */
  #isInFields = false;

  reset(): void {
    this.#length = 0;
    this.#isAfterCr = false;
    this.#isInFields = false;
  }

  /**
   * Looks at bytes[from, end), which follow those of the last call. Returns the index behind the empty line, -1 if it
   * has not come yet, -2 at a line that ends in LF without CR, which no parser of ours takes.
   */
  find(bytes: Uint8Array, from: number, end: number): number {
    let length = this.#length;
    let isAfterCr = this.#isAfterCr;
    for (let i = from; i < end; i++) {
      const value = bytes[i]!;
      length++;
      if (value === byte.lf) {
        if (!isAfterCr) return -2;
        if (length === 2 && this.#isInFields) return i + 1;
        if (length > 2) this.#isInFields = true;
        length = 0;
      }
      isAfterCr = value === byte.cr;
    }
    this.#length = length;
    this.#isAfterCr = isAfterCr;
    return -1;
  }
}
