import { hasBlank, viewOf, wide } from "../core/wide-bytes.ts";
import { AskedWords } from "./asked-words.ts";
import { metaLine, readMetaLine } from "./meta-reply.ts";
import {
  endsWithNoop,
  firstMetaForm,
  hasValue,
  isErrorLine,
  isLineOf,
  isStatAnswer,
  isStatLine,
  replyForm,
} from "./reply-form.ts";

/** What `ReplyParser.next` found. */
export const replied = {
  /** The bytes end before the reply does. */
  partial: 0,
  /** The reply ends at `at`. */
  whole: 1,
  /** No answer to this request; the stream is out of step. */
  garbage: 2,
} as const;

/** Longest line of a reply. Values are not lines; a `me` or `stats` line is a few hundred bytes. */
export const maxReplyLine = 8 * 1024;
/** Most lines of a `stats` reply; 64 slab classes have about 2,000, `stats detail dump` one for each prefix of keys. */
export const maxStatLines = 100_000;

const maxValue = 0x7ffffffd;
/** Most digits of such a length, of the flags and of a cas unique. */
const lengthDigits = 10;
const numberDigits = 20;

const lf = 0x0a;
const cr = 0x0d;
const letterS = 0x53;
const space = 0x20;

const valu = wide("VALU");
const letterE = 0x45;
const endCr = wide("END\r");
const endLine = Buffer.from("END\r\n");
const noopLine = Buffer.from("MN\r\n");

/**
 * Finds the end of replies in a stream that comes in pieces, and holds each against what was asked: memcached 1.6
 * doc/protocol.txt. A value is one of the keys asked for, in their order, which all servers keep; a line is one that the
 * command can get; lines end in CR LF. What does not fit belongs to another request, and so may all that follows. One
 * instance per connection; it remembers where in a reply the stream stands. Nothing at or behind `end` is looked at.
 */
export class ReplyParser {
  /** What the replies to come are held against, in their order. */
  readonly asked = new AskedWords();
  /** How far the bytes given were understood. What lies behind is the beginning of a line. */
  at = 0;
  /** Where the reply ends: `at`, or before the MN that only podmate asked for. */
  replyEnd = 0;
  /** Values in the reply so far. */
  values = 0;
  /** Whether the reply is, or ends in, an error line. */
  failed = false;
  /** Garbage: the server has answered a request with a value as one that does not know the command, and has run the value. */
  hasRunValue = false;
  /** With `failed`: it is a SERVER_ERROR, and not what the client has done. */
  serverFailed = false;
  /** Bytes of a value, its CR LF included, that are still to come. */
  remaining = 0;
  private answered = false;
  /** Bytes of the keys asked for, those of this reply's values and all before them. */
  private matched = 0;
  private lines = 0;

  /** Forgets the reply it was in, and all that was asked. */
  reset(): void {
    this.remaining = 0;
    this.asked.clear();
    this.begin();
  }

  /**
   * Reads on in the current reply, or begins the next, at bytes[start, end). `form`: which replies the request can get;
   * `words`: the length of what it has asked for, the oldest in `asked`.
   */
  next(bytes: Buffer, start: number, end: number, form: number, words: number): number {
    this.at = start;
    const isValues = form === replyForm.values || form === replyForm.valuesCas;
    for (;;) {
      if (this.remaining > 0) {
        const state = this.skipValue(bytes, end);
        if (state !== replied.whole) return state;
        if (form >= firstMetaForm && !endsWithNoop(form)) return replied.whole;
      }
      if (isValues) {
        if (this.value(bytes, end, form, words)) continue;
        if (this.valuesEnd(bytes, end)) return replied.whole;
      }
      const state = this.line(bytes, end, form, words);
      if (state !== go) return state;
    }
  }

  /** To be called before each reply: clears what the last one has left. */
  begin(): void {
    this.values = 0;
    this.failed = this.hasRunValue = false;
    this.answered = false;
    this.matched = 0;
    this.lines = 0;
  }

  private line(bytes: Buffer, end: number, form: number, words: number): number {
    const start = this.at;
    let at = start;
    while (at < end && bytes[at] !== lf) at++;
    if (at - start > maxReplyLine) return replied.garbage;
    if (at === end) return replied.partial;
    if (at === start || bytes[at - 1] !== cr) return replied.garbage;
    const lineEnd = at - 1;
    this.at = this.replyEnd = at + 1;
    if (isErrorLine(bytes, start, lineEnd)) {
      this.hasRunValue = hasValue(form) && lineEnd - start === bareError;
      if (this.answered || this.hasRunValue) return replied.garbage;
      this.failed = true;
      this.serverFailed = bytes[start] === letterS;
      return endsWithNoop(form) ? this.beforeNoop() : replied.whole;
    }
    if (form >= firstMetaForm) return this.metaLine(bytes, start, lineEnd, form, words);
    if (form === replyForm.stats) return this.statLine(bytes, start, lineEnd);
    const isValues = form === replyForm.values || form === replyForm.valuesCas;
    return !isValues && isLineOf(form, bytes, start, lineEnd) ? replied.whole : replied.garbage;
  }

  private statLine(bytes: Buffer, start: number, lineEnd: number): number {
    if (isStatLine(bytes, start, lineEnd)) return ++this.lines > maxStatLines ? replied.garbage : go;
    if (isSame(bytes, start, lineEnd + 2, endLine)) return replied.whole;
    return this.lines === 0 && isStatAnswer(bytes, start, lineEnd) ? replied.whole : replied.garbage;
  }

  private metaLine(bytes: Buffer, start: number, lineEnd: number, form: number, words: number): number {
    const quiet = endsWithNoop(form);
    if (quiet && isSame(bytes, start, lineEnd + 2, noopLine)) {
      this.replyEnd = start;
      return replied.whole;
    }
    if (this.answered) return replied.garbage;
    const { asked } = this;
    const plain = form & ~replyForm.quiet;
    const found = readMetaLine(bytes, start, lineEnd, plain, asked.bytes, asked.at, asked.at + words);
    if (found === metaLine.garbage) return replied.garbage;
    if (found >= 0) {
      this.answered = true;
      this.values++;
      this.remaining = found + 2;
      return go;
    }
    if (found === metaLine.done) this.values++;
    return quiet ? this.beforeNoop() : replied.whole;
  }

  /**
   * Reads `VALUE <key> <flags> <bytes>[ <cas>]` and its line end at `at`, in one pass, where the key is the next of those
   * asked for that the server has, and the value behind it, if all of that is there; else `remaining` is to come. False, with
   * nothing changed, for anything else, and where the bytes end before the line does.
   */
  private value(bytes: Buffer, end: number, form: number, words: number): boolean {
    const start = this.at;
    const view = viewOf(bytes);
    if (end - start < 6 || view.getInt32(start, true) !== valu) return false;
    if (bytes[start + 4] !== letterE || bytes[start + 5] !== space) return false;
    const { asked } = this;
    const { bytes: keys, view: keysView } = asked;
    const stop = asked.at + words;
    let key = asked.at + this.matched;
    let at: number;
    for (;;) {
      if (key >= stop) return false;
      at = start + 6;
      while (at < end - 3 && key < stop - 3) {
        const four = keysView.getInt32(key, true);
        if (view.getInt32(at, true) !== four || hasBlank(four)) break;
        key += 4;
        at += 4;
      }
      while (at < end && key < stop && bytes[at] === keys[key] && bytes[at] !== space) {
        key++;
        at++;
      }
      if (at >= end) return false;
      if (bytes[at] === space && (key === stop || keys[key] === space)) break;
      // The server does not have this one.
      while (key < stop && keys[key] !== space) key++;
      key++;
    }
    const flags = ++at;
    while (at < end && isDigit(bytes[at]!)) at++;
    if (at === flags || at - flags > numberDigits || at >= end || bytes[at] !== space) return false;
    const digits = ++at;
    let length = 0;
    for (; at < end; at++) {
      const digit = bytes[at]! - 0x30;
      if (digit < 0 || digit > 9) break;
      length = length * 10 + digit;
    }
    if (at === digits || at - digits > lengthDigits || length > maxValue) return false;
    if (form === replyForm.valuesCas) {
      if (at >= end || bytes[at] !== space) return false;
      const cas = ++at;
      while (at < end && isDigit(bytes[at]!)) at++;
      if (at === cas || at - cas > numberDigits) return false;
    }
    if (at + 1 >= end || bytes[at] !== cr || bytes[at + 1] !== lf) return false;
    at += 2;
    const after = at + length + 2;
    if (after <= end && bytes[after - 2] === cr && bytes[after - 1] === lf) at = after;
    else this.remaining = length + 2;
    this.at = this.replyEnd = at;
    this.matched = key + 1 - asked.at;
    this.values++;
    return true;
  }

  /** Whether END and its line end stand at `at`, which then is behind them. */
  private valuesEnd(bytes: Buffer, end: number): boolean {
    const start = this.at;
    if (end - start < endLine.length || viewOf(bytes).getInt32(start, true) !== endCr) return false;
    if (bytes[start + 4] !== lf) return false;
    this.at = this.replyEnd = start + endLine.length;
    return true;
  }

  private skipValue(bytes: Buffer, end: number): number {
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
}

/** Length of ERROR alone: the server does not know the command, and so runs what was its value. */
const bareError = 5;

/** Neither done nor at the end of the bytes: go on with the next line. */
const go = -1;

const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;

/** Whether bytes[start, end) are `text`. */
function isSame(bytes: Buffer, start: number, end: number, text: Buffer): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}
