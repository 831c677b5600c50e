import { clientError, command } from "../observe/metric-labels.ts";
import { findCommand, form } from "./command-table.ts";
import { isPlainDecimal, isUint64, parseDecimal } from "./decimal.ts";
import { flagProblem, MetaFlags } from "./meta-flags.ts";
import { answer, flagAnswer, tooManyFlags } from "./refusals.ts";

/** Longest key, in bytes, as sent (memcached's KEY_MAX_LENGTH). */
export const maxKey = 250;
/** Longest command line without its end, for commands of one key (memcached gives up at 2,048 as well). */
export const maxLine = 2048;
/** Longest line of a get of many keys; memcached has no bound. */
export const maxGetLine = 1024 * 1024;
/** Most words of a meta command: where an `ms` has more, memcached 1.6.18 takes its value for a command. */
const maxMetaWords = 19;
/** More blanks than this before a get make memcached close the connection, where the line is long. */
const maxLongLineIndent = 100;

/** memcached's INT_MAX - 2. */
const maxValue = 0x7ffffffd;

/** What `RequestParser.parse` found. */
export const parsed = {
  /** The line is not complete yet. */
  incomplete: 0,
  /** A request; its value, if it has one, follows at `lineEnd`. */
  request: 1,
  /** A line that gets `answer` and goes nowhere, with its value if it has one. */
  rejected: 2,
  /**
   * The connection cannot go on after `answer`: a line with no end, or with a value of which nobody knows how long it is,
   * or what is not meant for a memcached.
   */
  hopeless: 3,
} as const;

const space = 0x20;
const lf = 0x0a;
const cr = 0x0d;
const zero = 0x30;
const a = 0x61;
const b = 0x62;
const e = 0x65;
const g = 0x67;
const s = 0x73;
const t = 0x74;

/**
 * Parses one command line of memcached's text and meta protocols in place: memcached 1.6 doc/protocol.txt, and
 * where that is silent, what memcached 1.6.18 answers. The result stays in the parser's fields until the next call;
 * offsets are into the bytes given.
 *
 * What it lets pass has one reply from any memcached: see server-line.ts for the grammar of the lines that servers get.
 * Anything else it refuses, in memcached's words, together with the value that follows.
 */
export class RequestParser {
  command: number = command.unknown;
  form: number = form.plain;
  /** Start and end of each word of the line. */
  words = new Int32Array(64);
  wordCount = 0;
  /** Index in `words` of the first key, and how many there are. */
  firstKey = 0;
  keyCount = 0;
  /** How many words servers get, without `noreply` and what means nothing, and where they end. */
  keptWords = 0;
  argsEnd = 0;
  /** Those words are as servers get them: they can be passed on as they stand. Else `serverLine` writes them. */
  canonical = true;
  /** Behind the line's end. */
  lineEnd = 0;
  /** Bytes of value that follow, without the CR LF after it, if the line is refused too; -1 if there is none. */
  valueLength = -1;
  noreply = false;
  /** Meta flags: no answer if all goes well; key in base64. */
  quiet = false;
  base64 = false;
  /** For `rejected` and `hopeless`: what to say, and the kind of error for the metrics. */
  answer = "";
  errorKind: number = clientError.bad_command;
  /** A word has a byte at which some server ends the line. */
  private broken = false;
  private readonly flags = new MetaFlags();

  parse(bytes: Uint8Array, start: number, end: number): number {
    this.noreply = this.quiet = this.base64 = false;
    this.valueLength = -1;
    this.keyCount = 0;
    this.command = command.unknown;
    const state = this.split(bytes, start, end);
    if (state !== parsed.request) return state;
    const { words, wordCount } = this;
    if (wordCount === 0) return this.reject(answer.error);
    this.keep(wordCount);
    const spec = findCommand(bytes, words[0]!, words[1]!);
    if (spec === undefined) {
      return this.isHttp(bytes) && !this.broken ? this.giveUp("") : this.reject(answer.error);
    }
    this.command = spec.command;
    this.form = spec.form;
    switch (spec.form) {
      case form.store:
        return this.store(bytes, 5);
      case form.cas:
        return this.store(bytes, 6);
      case form.metaStore:
        return this.metaStore(bytes);
    }
    if (this.broken || wordCount < spec.minWords || wordCount > spec.maxWords) {
      return this.reject(answer.error);
    }
    switch (spec.form) {
      case form.get:
        return this.keys(1);
      case form.gat:
        return this.isInt32(bytes, 1) ? this.keys(2) : this.reject(answer.badExptime);
      case form.delta:
        return this.delta(bytes);
      case form.touch:
        return this.touch(bytes);
      case form.delete:
        return this.delete(bytes);
      case form.meta:
        return this.meta(bytes);
      default:
        if (isSilenceable(spec.command, wordCount)) this.takeNoreply(bytes);
        return parsed.request;
    }
  }

  /** Finds the line's end and its words. */
  private split(bytes: Uint8Array, start: number, end: number): number {
    let { words } = this;
    let count = 0;
    let at = start;
    let nextWord = start;
    let canonical = true;
    let broken = false;
    let returns = 0;
    for (;;) {
      while (at < end && bytes[at] === space) at++;
      if (at >= end) return this.unfinished(bytes, start, end);
      if (bytes[at] === lf) break;
      if (at !== nextWord) canonical = false;
      if (2 * count === words.length) {
        words = new Int32Array(2 * words.length);
        words.set(this.words);
        this.words = words;
      }
      words[2 * count] = at;
      let byte = 0;
      while (at < end) {
        byte = bytes[at]!;
        if (byte <= space) {
          if (byte === space || byte === lf) break;
          if (byte === 0) broken = true;
          else if (byte === cr) returns++;
        }
        at++;
      }
      if (at >= end) return this.unfinished(bytes, start, end);
      words[2 * count + 1] = at;
      nextWord = at + 1;
      count++;
    }
    this.lineEnd = at + 1;
    if (at - start > maxLine && isTooLong(bytes, start, at)) return this.endless();
    if (count > 0 && bytes[at - 1] === cr) {
      returns--;
      // The last word ends in the line's CR, or is nothing but that.
      if (words[2 * count - 2] === at - 1) count--;
      else words[2 * count - 1] = at - 1;
    }
    this.wordCount = count;
    this.canonical = canonical;
    // memcached up to 1.6.38 ends the line at a NUL, and twemproxy at a CR.
    this.broken = broken || returns > 0;
    return parsed.request;
  }

  private unfinished(bytes: Uint8Array, start: number, end: number): number {
    return isTooLong(bytes, start, end) ? this.endless() : parsed.incomplete;
  }

  private endless(): number {
    return this.giveUp("CLIENT_ERROR line too long\r\n", clientError.line_too_long);
  }

  private giveUp(answer: string, kind: number = clientError.bad_command): number {
    this.answer = this.noreply ? "" : answer;
    this.errorKind = kind;
    return parsed.hopeless;
  }

  /** memcached hangs up on HTTP, so that a browser cannot be made to write to a cache. */
  private isHttp(bytes: Uint8Array): boolean {
    const start = this.words[2 * this.wordCount - 2]!;
    for (let i = 0; i < httpWord.length; i++) {
      if (bytes[start + i] !== httpWord[i]) return false;
    }
    return true;
  }

  private reject(answer: string, kind: number = clientError.bad_command): number {
    this.answer = this.noreply ? "" : answer;
    this.errorKind = kind;
    return parsed.rejected;
  }

  /** Only the first `count` words are for servers. */
  private keep(count: number): void {
    this.keptWords = count;
    this.argsEnd = this.words[2 * count - 1]!;
  }

  /** The words from `first` on, `count` of them, are keys. */
  private keys(first: number, count = this.wordCount - first): number {
    const { words } = this;
    for (let i = first; i < first + count; i++) {
      if (words[2 * i + 1]! - words[2 * i]! > maxKey) {
        return this.reject(answer.badFormat, clientError.key_too_long);
      }
    }
    this.firstKey = first;
    this.keyCount = count;
    return parsed.request;
  }

  private store(bytes: Uint8Array, required: number): number {
    const { wordCount } = this;
    if (wordCount < 5 || this.broken) return this.giveUp(answer.error);
    const counted = wordCount === required || wordCount === required + 1;
    if (counted) this.takeNoreply(bytes);
    const length = this.number(bytes, 4);
    if (!this.takeLength(length)) return this.noLength(length);
    if (!counted) return this.reject(answer.error);
    const fits =
      this.isUint32(bytes, 2) && this.isInt32(bytes, 3) && (required < 6 || this.isUint64(bytes, 5));
    if (!fits) return this.reject(answer.badFormat);
    // A sixth word other than noreply means nothing to memcached; it is left out.
    this.keep(required);
    return this.keys(1, 1);
  }

  private delta(bytes: Uint8Array): number {
    this.takeNoreply(bytes);
    if (this.keys(1, 1) !== parsed.request) return parsed.rejected;
    if (!this.isUint64(bytes, 2)) return this.reject(answer.badDelta);
    this.keep(3);
    return parsed.request;
  }

  private touch(bytes: Uint8Array): number {
    this.takeNoreply(bytes);
    if (this.keys(1, 1) !== parsed.request) return parsed.rejected;
    if (!this.isInt32(bytes, 2)) return this.reject(answer.badExptime);
    this.keep(3);
    return parsed.request;
  }

  /** Once it took a time; of that, a 0 is still accepted, and left out. */
  private delete(bytes: Uint8Array): number {
    const { words } = this;
    if (this.isNoreply(bytes, 1)) {
      // `delete noreply` is about a key of that name; memcached 1.6.45 would be silent.
      this.canonical = false;
    }
    if (this.wordCount > 2) this.takeNoreply(bytes);
    const time = this.keptWords > 2;
    if (time && (this.keptWords > 3 || words[5]! - words[4]! !== 1 || bytes[words[4]!] !== zero)) {
      return this.reject(answer.badDelete);
    }
    this.keep(2);
    return this.keys(1, 1);
  }

  private meta(bytes: Uint8Array): number {
    const { words, wordCount } = this;
    if (wordCount < 2) return this.reject(answer.badFormat);
    if (this.command === command.me) {
      // Further words mean nothing to memcached, but a b does to some versions.
      if (wordCount > 2 && bytes[words[4]!] === b) return this.reject(answer.badFormat);
      this.keep(2);
      return this.keys(1, 1);
    }
    if (this.keys(1, 1) !== parsed.request) return parsed.rejected;
    if (wordCount > maxMetaWords) return this.reject(tooManyFlags(this.command));
    return this.readFlags(bytes, 2);
  }

  private metaStore(bytes: Uint8Array): number {
    if (this.broken || this.wordCount < 2) return this.giveUp(answer.error);
    const length = this.wordCount < 3 ? Number.NaN : this.number(bytes, 2);
    if (!this.takeLength(length)) return this.noLength(length);
    if (this.keys(1, 1) !== parsed.request) return parsed.rejected;
    if (this.wordCount > maxMetaWords) return this.reject(tooManyFlags(this.command));
    return this.readFlags(bytes, 3);
  }

  private readFlags(bytes: Uint8Array, first: number): number {
    const { words, flags } = this;
    const problem = flags.read(bytes, words, first, this.wordCount);
    if (problem !== flagProblem.none) return this.reject(flagAnswer(this.command, problem));
    this.quiet = flags.quiet;
    this.base64 = flags.base64;
    if (!flags.canonical) this.canonical = false;
    return parsed.request;
  }

  /** Whether a value can be so long; then it follows. */
  private takeLength(length: number): boolean {
    if (!(length >= 0 && length <= maxValue)) return false;
    // Not -0, either.
    this.valueLength = length + 0;
    return true;
  }

  /** Behind a number that no value is long, none follows; behind what is no number, nobody knows. */
  private noLength(length: number): number {
    return Number.isNaN(length) ? this.giveUp(answer.badFormat) : this.reject(answer.badFormat);
  }

  /** memcached takes `noreply` as the last word of any command but the gets and the meta commands. */
  private takeNoreply(bytes: Uint8Array): void {
    if (!this.isNoreply(bytes, this.wordCount - 1)) return;
    this.noreply = true;
    this.keep(this.wordCount - 1);
  }

  private isNoreply(bytes: Uint8Array, word: number): boolean {
    const start = this.words[2 * word]!;
    if (this.words[2 * word + 1]! - start !== noreplyWord.length) return false;
    for (let i = 0; i < noreplyWord.length; i++) {
      if (bytes[start + i] !== noreplyWord[i]) return false;
    }
    return true;
  }

  private isInt32(bytes: Uint8Array, word: number): boolean {
    const value = this.number(bytes, word);
    return value === (value | 0);
  }

  private isUint32(bytes: Uint8Array, word: number): boolean {
    const value = this.number(bytes, word);
    return value === value >>> 0;
  }

  private isUint64(bytes: Uint8Array, word: number): boolean {
    const start = this.words[2 * word]!;
    const end = this.words[2 * word + 1]!;
    if (!isUint64(bytes, start, end)) return false;
    if (!isPlainDecimal(bytes, start, end)) this.canonical = false;
    return true;
  }

  private number(bytes: Uint8Array, word: number): number {
    const start = this.words[2 * word]!;
    const end = this.words[2 * word + 1]!;
    if (!isPlainDecimal(bytes, start, end)) this.canonical = false;
    return parseDecimal(bytes, start, end);
  }
}

const noreplyWord = Buffer.from("noreply");
const httpWord = Buffer.from("HTTP/");

/** Of the commands without a key, those that memcached executes without a word if told so. */
function isSilenceable(name: number, wordCount: number): boolean {
  return (
    name === command.flush_all || name === command.verbosity || (name === command.slabs && wordCount > 2)
  );
}

/** Whether the line at bytes[start, end), complete or not, is longer than a line may be. */
function isTooLong(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start <= maxLine) return false;
  return end - start > maxGetLine || !isGetOfMany(bytes, start);
}

/** Whether a line, of which more than `maxLine` bytes are there, begins like one that may have many keys. */
function isGetOfMany(bytes: Uint8Array, start: number): boolean {
  let at = start;
  while (at - start <= maxLongLineIndent && bytes[at] === space) at++;
  if (at - start > maxLongLineIndent || bytes[at] !== g || bytes[at + 2] !== t) return false;
  if (bytes[at + 1] !== a && bytes[at + 1] !== e) return false;
  return bytes[at + 3] === space || (bytes[at + 3] === s && bytes[at + 4] === space);
}
