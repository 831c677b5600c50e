import { parseDecimal } from "./decimal.ts";

/** The grammar of the reply that a request gets. */
export const replyForm = {
  /** One line: STORED, DELETED, a number, OK… */
  line: 0,
  /** VALUE blocks, then END. */
  values: 1,
  /** A line of a meta command, with a value after `VA`. */
  meta: 2,
  /** Nothing or a meta reply, then the MN of the no-op that was sent behind a quiet request. */
  metaQuiet: 3,
  /** Lines up to END, or one line such as OK or RESET. */
  stats: 4,
} as const;

/** What `ReplyParser.next` found. */
export const replied = {
  /** The bytes end before the reply does. */
  partial: 0,
  /** The reply ends at `at`. */
  whole: 1,
  /** No reply that a memcached would give; the stream is out of step. */
  garbage: 2,
} as const;

/** Longest line of a reply. Values are not lines; a `me` or `stats` line is a few hundred bytes. */
export const maxReplyLine = 8 * 1024;

const maxValue = 0x7ffffffd;
const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;

const pair = (text: string) => (text.charCodeAt(0) << 8) | text.charCodeAt(1);
const VA = pair("VA");
const EN = pair("EN");
const HD = pair("HD");
const MN = pair("MN");
const errors = new Set([pair("ERROR"), pair("CLIENT_ERROR"), pair("SERVER_ERROR")]);
const lineReplies = new Set(
  ["STORED", "NOT_STORED", "EXISTS", "DELETED", "TOUCHED", "OK", "VERSION", "RESET"].map(pair),
);
/** What `slabs` may be answered with, besides OK. */
for (const word of ["BUSY", "BADCLASS", "NOSPARE", "NOTFULL", "UNSAFE", "SAME"]) lineReplies.add(pair(word));
const metaReplies = new Set(["HD", "EN", "NF", "NS", "EX", "ME"].map(pair));
const statLines = new Set(["STAT", "PREFIX", "ITEM"].map(pair));

/**
 * Finds the end of replies in a stream that comes in pieces: memcached 1.6 doc/protocol.txt. One instance per
 * connection; it remembers where in a reply the stream stands.
 */
export class ReplyParser {
  /** How far the bytes given were understood. What lies behind is the beginning of a line. */
  at = 0;
  /** Where the reply ends: `at`, or before the MN that only podmate asked for. */
  replyEnd = 0;
  /** Values in the reply so far. */
  values = 0;
  /** Whether the reply is, or ends in, an error line. */
  failed = false;
  /** Bytes of a value, its CR LF included, that are still to come. */
  remaining = 0;
  private answered = false;

  /** Forgets the reply it was in. */
  reset(): void {
    this.remaining = 0;
    this.begin();
  }

  /** Reads on in the current reply, or begins the next, at bytes[start, end). */
  next(bytes: Uint8Array, start: number, end: number, form: number): number {
    this.at = start;
    for (;;) {
      if (this.remaining > 0) {
        const state = this.skipValue(bytes, end);
        if (state !== replied.whole) return state;
        if (form === replyForm.meta) return this.finish();
      }
      const state = this.line(bytes, end, form);
      if (state !== go) return state;
    }
  }

  private line(bytes: Uint8Array, end: number, form: number): number {
    const start = this.at;
    if (form === replyForm.values && this.valueHeader(bytes, start, end)) return go;
    let at = start;
    while (at < end && bytes[at] !== lf) at++;
    if (at === end) return end - start > maxReplyLine ? replied.garbage : replied.partial;
    this.at = at + 1;
    const lineEnd = at > start && bytes[at - 1] === cr ? at - 1 : at;
    this.replyEnd = at + 1;
    if (lineEnd - start < 1) return replied.garbage;
    const word = (bytes[start]! << 8) | bytes[start + 1]!;
    if (errors.has(word) && isErrorLine(bytes, start)) {
      this.failed = true;
      return form === replyForm.metaQuiet ? this.beforeNoop() : this.finish();
    }
    switch (form) {
      case replyForm.values:
        if (word === VA && bytes[start + 5] === space) return this.beginValue(bytes, start, lineEnd, 3);
        return word === EN ? this.finish() : replied.garbage;
      case replyForm.line:
        if (lineReplies.has(word) || isDigit(bytes[start]!)) return this.finish();
        return replied.garbage;
      case replyForm.meta:
        if (word === VA && bytes[start + 2] === space) return this.beginValue(bytes, start, lineEnd, 1);
        if (word === HD) this.values++;
        return metaReplies.has(word) ? this.finish() : replied.garbage;
      case replyForm.metaQuiet:
        if (word === MN) {
          this.replyEnd = start;
          return this.finish();
        }
        if (this.answered) return replied.garbage;
        if (word === VA && bytes[start + 2] === space) {
          this.answered = true;
          return this.beginValue(bytes, start, lineEnd, 1);
        }
        if (word === HD) this.values++;
        return metaReplies.has(word) ? this.beforeNoop() : replied.garbage;
      default:
        if (statLines.has(word)) return go;
        return word === EN || lineReplies.has(word) ? this.finish() : replied.garbage;
    }
  }

  /**
   * Reads the usual header of a value, `VALUE <key> <flags> <bytes>[ <cas>]` and its line end, in one pass. False,
   * with nothing changed, for anything else, and where the bytes end before the line does.
   */
  private valueHeader(bytes: Uint8Array, start: number, end: number): boolean {
    if (bytes[start] !== 0x56 || bytes[start + 5] !== space) return false;
    let at = start + 6;
    while (at < end && bytes[at]! > space) at++;
    // memcached takes keys with control characters in them.
    if (bytes[at++] !== space) return false;
    while (at < end && bytes[at]! > space) at++;
    if (at >= end || bytes[at] !== space) return false;
    at++;
    let length = 0;
    const digits = at;
    for (; at < end; at++) {
      const digit = bytes[at]! - 0x30;
      if (digit < 0 || digit > 9) break;
      length = length * 10 + digit;
    }
    if (at === digits || at - digits > 9) return false;
    if (bytes[at] === space) {
      at++;
      while (at < end && bytes[at]! > space) at++;
    }
    if (at + 1 >= end || bytes[at] !== cr || bytes[at + 1] !== lf) return false;
    this.at = this.replyEnd = at + 2;
    this.values++;
    this.remaining = length + 2;
    return true;
  }

  /** A header whose word number `index` (from 0) is the length of the value that follows. */
  private beginValue(bytes: Uint8Array, start: number, lineEnd: number, index: number): number {
    let at = start;
    for (let i = 0; i < index; i++) {
      while (at < lineEnd && bytes[at] !== space) at++;
      at++;
    }
    let wordEnd = at;
    while (wordEnd < lineEnd && bytes[wordEnd] !== space) wordEnd++;
    const length = parseDecimal(bytes, at, wordEnd);
    if (!(length >= 0 && length <= maxValue)) return replied.garbage;
    this.values++;
    this.remaining = length + 2;
    return go;
  }

  private skipValue(bytes: Uint8Array, end: number): number {
    const { at } = this;
    const stop = at + this.remaining;
    const reached = stop < end ? stop : end;
    if (reached >= stop - 1) {
      if (stop - 2 >= at && bytes[stop - 2] !== cr) return replied.garbage;
      if (reached === stop && bytes[stop - 1] !== lf) return replied.garbage;
    }
    this.remaining = stop - reached;
    this.at = this.replyEnd = reached;
    return this.remaining === 0 ? replied.whole : replied.partial;
  }

  private beforeNoop(): number {
    this.answered = true;
    return go;
  }

  private finish(): number {
    this.answered = false;
    return replied.whole;
  }

  /** To be called before each reply: clears what the last one left in `values` and `failed`. */
  begin(): void {
    this.values = 0;
    this.failed = false;
    this.answered = false;
  }
}

/** Neither done nor at the end of the bytes: go on with the next line. */
const go = -1;

const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;

/** `ER…`, `CL…` and `SE…` with nothing but an error behind them: SERVER_ERROR, not SET. */
function isErrorLine(bytes: Uint8Array, start: number): boolean {
  const third = bytes[start + 2];
  return third === 0x52 || third === 0x49; // "R" of ERROR and SERVER, "I" of CLIENT
}
