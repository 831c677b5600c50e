import { clientError, command } from "../observe/metric-labels.ts";
import { findCommand, form } from "./command-table.ts";
import { isUint64, parseDecimal } from "./decimal.ts";

/** Longest key, in bytes, as sent (memcached's KEY_MAX_LENGTH). */
export const maxKey = 250;
/** Longest command line without its end, for commands of one key (memcached gives up at 2,048 as well). */
export const maxLine = 2048;
/** Longest line of a get of many keys; memcached has no bound. */
export const maxGetLine = 1024 * 1024;
/** Most words of an `ms`: where there are more, memcached 1.6 refuses it and takes the value for a command. */
const maxMetaStoreWords = 19;

const maxUint32 = 0xffffffff;
/** memcached's INT_MAX - 2. */
const maxValue = 0x7ffffffd;

/** What `RequestParser.parse` found. */
export const parsed = {
  /** The line is not complete yet. */
  incomplete: 0,
  /** A request; its value, if it has one, follows at `lineEnd`. */
  request: 1,
  /** A line that gets `answer` and goes nowhere. */
  rejected: 2,
  /** The connection cannot go on after `answer`: a line with no end, or what is not meant for a memcached. */
  hopeless: 3,
} as const;

const space = 0x20;
const lf = 0x0a;
const cr = 0x0d;

/**
 * Parses one command line of memcached's text and meta protocols in place: memcached 1.6 doc/protocol.txt, and
 * where that is silent, what memcached 1.6.18 answers. The result stays in the parser's fields until the next call;
 * offsets are into the bytes given.
 *
 * It judges what a line means for framing and routing, and leaves the rest to the server. What it lets pass to the
 * servers gets exactly one reply there: a line that memcached would refuse without swallowing the value that follows
 * is refused here.
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
  /** Where the words to forward end: the last one, without `noreply`. */
  argsEnd = 0;
  /** Behind the line's end. */
  lineEnd = 0;
  /** Bytes of value that follow, without the CR LF after it; -1 if the command has none. */
  valueLength = -1;
  noreply = false;
  /** Meta flags: no answer if all goes well; key in base64. */
  quiet = false;
  base64 = false;
  /** For `rejected` and `hopeless`: what to say, and the kind of error for the metrics. */
  answer = "";
  errorKind: number = clientError.bad_command;

  parse(bytes: Uint8Array, start: number, end: number): number {
    const state = this.split(bytes, start, end);
    if (state !== parsed.request) return state;
    this.noreply = this.quiet = this.base64 = false;
    this.valueLength = -1;
    this.keyCount = 0;
    this.command = command.unknown;
    const { words, wordCount } = this;
    if (wordCount === 0) return this.reject("ERROR\r\n");
    this.argsEnd = words[2 * wordCount - 1]!;
    const spec = findCommand(bytes, words[0]!, words[1]!);
    if (spec === undefined) return this.isHttp(bytes) ? this.giveUp("") : this.reject("ERROR\r\n");
    this.command = spec.command;
    this.form = spec.form;
    if (wordCount < spec.minWords || wordCount > spec.maxWords) return this.reject("ERROR\r\n");
    switch (spec.form) {
      case form.get:
        return this.keys(1);
      case form.gat:
        return this.keys(2);
      case form.store:
        return this.store(bytes, 5);
      case form.cas:
        return this.store(bytes, 6);
      case form.keyed:
        // `delete noreply` is about a key of that name.
        if (wordCount > 2) this.takeNoreply(bytes);
        return this.keys(1, 1);
      case form.meta:
        this.metaFlags(bytes, 2);
        return this.keys(1, 1);
      case form.metaStore:
        return this.metaStore(bytes);
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
    let nul = false;
    for (;;) {
      while (at < end && bytes[at] === space) at++;
      if (at >= end) return this.unfinished(bytes, start, end);
      if (bytes[at] === lf) break;
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
          if (byte === 0) nul = true;
        }
        at++;
      }
      if (at >= end) return this.unfinished(bytes, start, end);
      words[2 * count + 1] = at;
      count++;
    }
    this.lineEnd = at + 1;
    if (at - start > maxLine && isTooLong(bytes, start, at)) return this.endless();
    if (count > 0 && bytes[at - 1] === cr) {
      // The last word ends in the line's CR, or is nothing but that.
      if (words[2 * count - 2] === at - 1) count--;
      else words[2 * count - 1] = at - 1;
    }
    // memcached ends the line at a NUL; a server that does not would see another command than was routed.
    this.wordCount = nul ? 0 : count;
    return parsed.request;
  }

  private unfinished(bytes: Uint8Array, start: number, end: number): number {
    return isTooLong(bytes, start, end) ? this.endless() : parsed.incomplete;
  }

  private endless(): number {
    return this.giveUp("CLIENT_ERROR line too long\r\n", clientError.line_too_long);
  }

  private giveUp(answer: string, kind: number = clientError.bad_command): number {
    this.answer = answer;
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

  /** The words from `first` on, `count` of them, are keys. */
  private keys(first: number, count = this.wordCount - first): number {
    const { words } = this;
    for (let i = first; i < first + count; i++) {
      if (words[2 * i + 1]! - words[2 * i]! > maxKey) {
        return this.reject("CLIENT_ERROR bad command line format\r\n", clientError.key_too_long);
      }
    }
    this.firstKey = first;
    this.keyCount = count;
    return parsed.request;
  }

  private store(bytes: Uint8Array, required: number): number {
    this.takeNoreply(bytes);
    const { words } = this;
    const flags = parseDecimal(bytes, words[4]!, words[5]!);
    const length = parseDecimal(bytes, words[8]!, words[9]!);
    const fits =
      flags >= 0 &&
      flags <= maxUint32 &&
      this.isInt32(bytes, 3) &&
      length >= 0 &&
      length <= maxValue &&
      (required < 6 || isUint64(bytes, words[10]!, words[11]!));
    if (!fits) return this.reject("CLIENT_ERROR bad command line format\r\n");
    this.valueLength = length;
    // A sixth word other than noreply means nothing to memcached; it is left out.
    this.argsEnd = words[2 * required - 1]!;
    return this.keys(1, 1);
  }

  private metaStore(bytes: Uint8Array): number {
    const { words } = this;
    const length = this.wordCount < 3 ? Number.NaN : parseDecimal(bytes, words[4]!, words[5]!);
    if (this.wordCount > maxMetaStoreWords) return this.reject("CLIENT_ERROR options flags too long\r\n");
    if (!(length >= 0 && length <= maxValue)) return this.reject("CLIENT_ERROR bad command line format\r\n");
    this.valueLength = length;
    this.metaFlags(bytes, 3);
    return this.keys(1, 1);
  }

  private metaFlags(bytes: Uint8Array, first: number): void {
    for (let i = first; i < this.wordCount; i++) {
      const letter = bytes[this.words[2 * i]!];
      if (letter === 0x71) this.quiet = true;
      else if (letter === 0x62) this.base64 = true;
    }
  }

  /** memcached takes `noreply` as the last word of any command but the gets and the meta commands. */
  private takeNoreply(bytes: Uint8Array): void {
    const { words, wordCount } = this;
    const start = words[2 * wordCount - 2]!;
    if (wordCount < 2 || words[2 * wordCount - 1]! - start !== 7) return;
    for (let i = 0; i < 7; i++) {
      if (bytes[start + i] !== noreplyWord[i]) return;
    }
    this.noreply = true;
    this.argsEnd = words[2 * wordCount - 3]!;
  }

  private isInt32(bytes: Uint8Array, word: number): boolean {
    const value = parseDecimal(bytes, this.words[2 * word]!, this.words[2 * word + 1]!);
    return value === (value | 0);
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
  let word = start;
  while (word < end && bytes[word] === space) word++;
  const many = bytes[word] === 0x67 && bytes[word + 1] !== 0x7a; // "g…": get, gets, gat, gats
  return !many || end - start > maxGetLine;
}
