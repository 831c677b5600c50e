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
/** Bytes between a size and the end of its line: from a client, and from a server. */
const maxExtension = 256;
const maxServerExtension = 16 * 1024;
/** Zeros before a server's size. */
const maxServerZeros = 256;

/** What `#take` says of a byte that is valid and is not relayed. */
const omitted = 1;

/**
 * Follows the chunks of a body that is relayed (RFC 9112 section 7.1), and sees to it that no other parser could find its
 * end elsewhere: sizes are 1 to 13 hexadecimal digits, lines end in CR LF, extensions have no control character.
 *
 * A client's body goes on as it came, with at most 256 bytes behind a size. From a server everything is taken that can
 * be read in one way only, since others take it: any number of zeros before a size, blanks behind it, long extensions.
 * These bytes are left out of what is relayed, so that a client sees only what every client understands.
 * Recycled by `reset`.
 */
export class ChunkedBody {
  state: number = chunked.body;
  /** Where the scan goes on: behind the bytes that are not relayed, if there are any. */
  next = 0;
  /** Bytes of payload seen so far. */
  dataLength = 0;
  problem: HeadProblem | null = null;
  #part: number = at.firstDigit;
  /** Bytes of the chunk still to come, or its size so far. */
  #left = 0;
  /** Digits of the size, or bytes between it and the end of its line, so far. */
  #length = 0;
  /** Zeros in front of the size that were left out. */
  #zeros = 0;
  readonly #fromServer: boolean;

  constructor(from: "client" | "server" = "client") {
    this.#fromServer = from === "server";
  }

  reset(): void {
    this.state = chunked.body;
    this.dataLength = 0;
    this.problem = null;
    this.#part = at.firstDigit;
    this.#left = 0;
    this.#length = 0;
  }

  /**
   * Takes bytes[start, end), which follow those of the last call, and returns the end of what is to be relayed: `end`, or
   * behind the line of the last chunk, when the state is `trailers`, or the byte that is wrong, when the state is
   * `refused`, or the first of the bytes that are left out, with `next` behind them.
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
      const found = this.#take(bytes[i]!);
      if (found < 0) {
        this.problem = problemOf(found);
        this.state = chunked.refused;
        return i;
      }
      if (found === omitted) {
        this.next = i + 1;
        return i;
      }
      i++;
    }
    this.next = i;
    return i;
  }

  /** One byte of what is not data; 0, `omitted` or a `refusal`. */
  #take(value: number): number {
    switch (this.#part) {
      case at.firstDigit:
        this.#left = 0;
        this.#length = 0;
        this.#zeros = 0;
        this.#part = at.size;
        return this.#digit(value);
      case at.size:
        return hexValue[value] === 255 ? this.#afterSize(value) : this.#nextDigit(value);
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

  /** Of a server, only the first of the zeros before a size is relayed. */
  #nextDigit(value: number): number {
    if (!this.#fromServer || this.#left > 0) return this.#digit(value);
    if (value !== byte.zero) {
      // The zero that was relayed is none of the digits that count.
      if (this.#length === 1) this.#length = 0;
      return this.#digit(value);
    }
    if (++this.#zeros > maxServerZeros) return refusal["bad-chunk-size"];
    return omitted;
  }

  #afterSize(value: number): number {
    this.#length = 1;
    if (value === byte.cr) this.#part = at.sizeLf;
    else if (value === byte.semicolon) this.#part = at.extension;
    else if (value === byte.space || value === byte.tab) this.#part = at.padding;
    else return value === byte.lf ? refusal["bare-lf"] : refusal["bad-chunk-size"];
    return value === byte.cr ? 0 : this.#behindSize;
  }

  #padding(value: number): number {
    // RFC 9112 has no blanks before the end of the line; servers that pad the size to a fixed width do.
    if (value === byte.cr && this.#fromServer) {
      this.#part = at.sizeLf;
      return 0;
    }
    if (++this.#length > this.#maxExtension) return refusal["chunk-extension-too-long"];
    if (value === byte.semicolon) this.#part = at.extension;
    else if (value !== byte.space && value !== byte.tab) return refusal["bad-chunk-size"];
    return this.#behindSize;
  }

  get #behindSize(): number {
    return this.#fromServer ? omitted : 0;
  }

  get #maxExtension(): number {
    return this.#fromServer ? maxServerExtension : maxExtension;
  }

  #extension(value: number): number {
    if (value === byte.cr) {
      this.#part = at.sizeLf;
      return 0;
    }
    if (valueByte[value] !== 1)
      return value === byte.lf ? refusal["bare-lf"] : refusal["bad-chunk-extension"];
    return ++this.#length > this.#maxExtension ? refusal["chunk-extension-too-long"] : this.#behindSize;
  }
}
