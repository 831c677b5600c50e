import type { KeySpace } from "./key-space.ts";
import type { Tally } from "./tally.ts";

/** One of this many values is compared in full where not all are. */
const sampleMask = 63;
const longestLine = 2048;
const stored = Buffer.from("STORED\r\n", "latin1");

const valueLine = /^VALUE (\S+) \d+ (\d+)(?: \d+)?$/;

/**
 * Reads the answers of one connection and checks each against the request it belongs to. The usual answer is
 * recognised by comparing bytes with tables; everything else (a miss, an error, a line split between two reads)
 * takes the slow way through a string.
 */
export class ReplyReader {
  readonly #keys: KeySpace;
  readonly #tally: Tally;
  readonly #keysPerGet: number;
  readonly #verifyAll: boolean;
  /** Requests not answered yet: `#expected[#next..#count)`, a get as its first key, a set as ~key. */
  readonly #expected: Int32Array;
  #next = 0;
  #count = 0;
  /** Number of the get's key whose value is expected or being read. */
  #position = 0;
  /** Bytes of value and line end still to come; 0 while a line is expected. */
  #left = 0;
  #valueSize = 0;
  /** Key whose value is being read; -1 if it cannot be checked. */
  #key = 0;
  #compare = false;
  #good = true;
  #line = "";
  #samples = 0;

  constructor(
    keys: KeySpace,
    tally: Tally,
    options: { depth: number; keysPerGet: number; verifyAll: boolean },
  ) {
    this.#keys = keys;
    this.#tally = tally;
    this.#keysPerGet = options.keysPerGet;
    this.#verifyAll = options.verifyAll;
    this.#expected = new Int32Array(options.depth);
  }

  /** Requests sent and not answered. */
  get pending(): number {
    return this.#count - this.#next;
  }

  expectGet(firstKey: number): void {
    this.#expected[this.#count++] = firstKey;
  }

  expectSet(key: number): void {
    this.#expected[this.#count++] = ~key;
  }

  /** Forgets all that was expected or half read; for a new connection. */
  reset(): void {
    this.#next = this.#count = this.#position = this.#left = 0;
    this.#line = "";
  }

  /** Takes `length` bytes of answers; false if the stream is out of step and the connection is of no more use. */
  feed(chunk: Buffer, length: number): boolean {
    let at = 0;
    while (at < length) {
      if (this.#left > 0) {
        at = this.#readValue(chunk, at, length);
        continue;
      }
      if (this.#next === this.#count) return this.#outOfStep("answer without a request");
      const expected = this.#expected[this.#next]!;
      if (this.#line === "") {
        const end =
          expected < 0 ? this.#fastStored(chunk, at, length) : this.#fastGet(chunk, at, length, expected);
        if (end > at) {
          at = end;
          continue;
        }
      }
      const newline = chunk.indexOf(0x0a, at);
      const end = newline >= 0 && newline < length ? newline + 1 : length;
      this.#line += chunk.toString("latin1", at, end);
      at = end;
      if (this.#line.length > longestLine) return this.#outOfStep("endless line");
      if (!this.#line.endsWith("\n")) continue;
      const line = this.#line.trimEnd();
      this.#line = "";
      if (!this.#takeLine(line, expected)) return this.#outOfStep(line.slice(0, 100));
    }
    if (this.#next === this.#count) this.#next = this.#count = 0;
    return true;
  }

  #fastStored(chunk: Buffer, at: number, length: number): number {
    if (length - at < stored.length) return at;
    if (chunk.compare(stored, 0, 8, at, at + 8) !== 0) return at;
    this.#tally.sets++;
    this.#finish();
    return at + 8;
  }

  /** Reads END, or the head of the next value. */
  #fastGet(chunk: Buffer, at: number, length: number, first: number): number {
    const keys = this.#keys;
    if (this.#position < this.#keysPerGet) {
      const key = (first + this.#position) % keys.count;
      if (length - at < keys.headLength || !keys.isHead(chunk, at, key)) return at;
      this.#startValue(
        key,
        keys.valueSize,
        keys.keyLength,
        this.#verifyAll || (this.#samples++ & sampleMask) === 0,
      );
      return at + keys.headLength;
    }
    if (length - at < 5 || chunk[at] !== 0x45 || chunk[at + 1] !== 0x4e || chunk[at + 2] !== 0x44) return at;
    if (chunk[at + 3] !== 0x0d || chunk[at + 4] !== 0x0a) return at;
    this.#endGet();
    return at + 5;
  }

  #takeLine(line: string, expected: number): boolean {
    if (/^SERVER_ERROR/.test(line)) {
      this.#tally.serverErrors++;
      this.#tally.note(line);
      this.#finish();
    } else if (/^(CLIENT_ERROR|ERROR)/.test(line)) {
      this.#tally.clientErrors++;
      this.#tally.note(line);
      this.#finish();
    } else if (expected < 0) {
      if (line !== "STORED") return false;
      this.#tally.sets++;
      this.#finish();
    } else if (line === "END") {
      this.#endGet();
    } else {
      return this.#takeValueLine(line, expected);
    }
    return true;
  }

  #takeValueLine(line: string, first: number): boolean {
    const match = valueLine.exec(line);
    if (match === null) return false;
    const { count, valueSize } = this.#keys;
    const index = this.#keys.indexOf(match[1]!);
    const position = index < 0 ? -1 : (index - first + count) % count;
    const size = Number(match[2]);
    const expected = position >= this.#position && position < this.#keysPerGet && size === valueSize;
    if (expected) {
      this.#tally.misses += position - this.#position;
      this.#position = position;
    } else {
      this.#tally.note(`unexpected ${line}`);
    }
    this.#startValue(expected ? index : -1, size, 0, true);
    return true;
  }

  #startValue(key: number, size: number, from: number, compare: boolean): void {
    this.#key = key;
    this.#valueSize = size;
    this.#left = size - from + 2;
    this.#good = key >= 0;
    this.#compare = compare && this.#good;
  }

  #readValue(chunk: Buffer, at: number, length: number): number {
    const taken = Math.min(this.#left, length - at);
    const from = this.#valueSize + 2 - this.#left;
    if (this.#compare) {
      const ofValue = Math.min(taken, Math.max(this.#valueSize - from, 0));
      if (ofValue > 0 && !this.#keys.isValue(chunk, at, ofValue, this.#key, from)) this.#good = false;
    }
    const end = at + taken;
    this.#left -= taken;
    // The line end may come in two reads.
    if (this.#left <= 1 && this.#left + taken >= 2 && chunk[end - 2 + this.#left] !== 0x0d)
      this.#good = false;
    if (this.#left === 0) {
      if (chunk[end - 1] !== 0x0a) this.#good = false;
      this.#endValue();
    }
    return end;
  }

  #endValue(): void {
    if (this.#compare) this.#tally.verified++;
    if (this.#good) {
      this.#tally.hits++;
      this.#position++;
    } else {
      this.#tally.wrong++;
    }
  }

  #endGet(): void {
    this.#tally.gets++;
    this.#tally.misses += this.#keysPerGet - this.#position;
    this.#finish();
  }

  #finish(): void {
    this.#tally.requests++;
    this.#next++;
    this.#position = 0;
  }

  #outOfStep(what: string): false {
    this.#tally.wrong++;
    this.#tally.note(`out of step: ${what}`);
    return false;
  }
}
