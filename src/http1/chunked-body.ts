import { byte, hexValue, valueByte } from "./byte-tables.ts";
import { type HeadProblem, problemOf, refusal } from "./head-problem.ts";

/** Where a chunked body stands. */
export const chunked = {
  /** In its chunks. */
  body: 0,
  /** Behind the line of the last chunk: trailers or an empty line follow. */
  trailers: 1,
  /** Broken; `problem` says how. */
  refused: 2,
} as const;

/** What the next byte is part of. */
const at = {
  firstDigit: 0,
  size: 1,
  /** White space between the size and an extension's semicolon. */
  padding: 2,
  extension: 3,
  sizeLf: 4,
  data: 5,
  dataCr: 6,
  dataLf: 7,
  end: 8,
} as const;

/** 2^52 - 1 bytes: sums and sizes stay exact. */
const maxDigits = 13;
/** Bytes between a size and the end of its line. */
const maxExtension = 256;

/**
 * Follows the chunks of a body that is relayed as it is (RFC 9112 section 7.1), and sees to it that no other parser
 * could find its end elsewhere: sizes are 1 to 13 hexadecimal digits, lines end in CR LF, extensions have no control
 * character and 256 bytes per chunk at most. Recycled by `reset`.
 */
export class ChunkedBody {
  state: number = chunked.body;
  /** Bytes of payload seen so far. */
  dataLength = 0;
  problem: HeadProblem | null = null;
  #part: number = at.firstDigit;
  /** Bytes of the chunk still to come, or its size so far. */
  #left = 0;
  /** Digits of the size, or bytes between it and the end of its line, so far. */
  #length = 0;

  reset(): void {
    this.state = chunked.body;
    this.dataLength = 0;
    this.problem = null;
    this.#part = at.firstDigit;
    this.#left = 0;
    this.#length = 0;
  }

  /**
   * Takes bytes[start, end), which follow those of the last call, and returns the end of what may be relayed as it
   * is: `end`, or behind the line of the last chunk, when the state is `trailers`, or the byte that is wrong, when
   * the state is `refused`.
   */
  scan(bytes: Uint8Array, start: number, end: number): number {
    let i = start;
    while (i < end && this.state === chunked.body) {
      if (this.#part === at.data) {
        const length = Math.min(this.#left, end - i);
        this.#left -= length;
        this.dataLength += length;
        i += length;
        if (this.#left === 0) this.#part = at.dataCr;
        continue;
      }
      const wrong = this.#take(bytes[i]!);
      if (wrong < 0) {
        this.problem = problemOf(wrong);
        this.state = chunked.refused;
        return i;
      }
      i++;
    }
    return i;
  }

  /** One byte of what is not data; 0 or a `refusal`. */
  #take(value: number): number {
    switch (this.#part) {
      case at.firstDigit:
        this.#left = 0;
        this.#length = 0;
        this.#part = at.size;
        return this.#digit(value);
      case at.size:
        return this.#digit(value) === 0 ? 0 : this.#afterSize(value);
      case at.padding:
        return this.#padding(value);
      case at.extension:
        return this.#extension(value);
      case at.sizeLf:
        if (value !== byte.lf) return refusal["bare-cr"];
        this.#part = this.#left === 0 ? at.end : at.data;
        if (this.#left === 0) this.state = chunked.trailers;
        return 0;
      case at.dataCr:
        this.#part = at.dataLf;
        return value === byte.cr ? 0 : refusal["bad-chunk-end"];
      default:
        this.#part = at.firstDigit;
        return value === byte.lf ? 0 : refusal["bad-chunk-end"];
    }
  }

  #digit(value: number): number {
    const digit = hexValue[value]!;
    if (digit === 255 || this.#length === maxDigits) return refusal["bad-chunk-size"];
    this.#left = 16 * this.#left + digit;
    this.#length++;
    return 0;
  }

  #afterSize(value: number): number {
    this.#length = 1;
    if (value === byte.cr) this.#part = at.sizeLf;
    else if (value === byte.semicolon) this.#part = at.extension;
    else if (value === byte.space || value === byte.tab) this.#part = at.padding;
    else return value === byte.lf ? refusal["bare-lf"] : refusal["bad-chunk-size"];
    return 0;
  }

  #padding(value: number): number {
    if (++this.#length > maxExtension) return refusal["chunk-extension-too-long"];
    if (value === byte.semicolon) this.#part = at.extension;
    else if (value !== byte.space && value !== byte.tab) return refusal["bad-chunk-size"];
    return 0;
  }

  #extension(value: number): number {
    if (value === byte.cr) {
      this.#part = at.sizeLf;
      return 0;
    }
    if (valueByte[value] !== 1)
      return value === byte.lf ? refusal["bare-lf"] : refusal["bad-chunk-extension"];
    return ++this.#length > maxExtension ? refusal["chunk-extension-too-long"] : 0;
  }
}
