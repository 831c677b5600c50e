const keyDigits = 9;
/** Values start at one of this many places in the pattern, so that values of different keys differ throughout. */
const patternStarts = 65536;

/**
 * The keys that a load run uses and the value that belongs to each. A value is its key followed by a piece of a
 * pseudo-random byte pattern, the same in every run, so an answer can be checked against its key without remembering
 * what was stored.
 * All requests and answers have fixed lengths and are cut from tables made at the start.
 */
export class KeySpace {
  readonly count: number;
  readonly valueSize: number;
  readonly keyLength: number;
  /** Length of an answer's `VALUE` line together with the key at the start of the value. */
  readonly headLength: number;
  /** Length of a whole set request. */
  readonly setLength: number;
  /** Length of a whole get request. */
  readonly getLength: number;
  readonly #keysPerGet: number;
  readonly #prefix: string;
  readonly #pattern: Buffer;
  readonly #keys: Buffer;
  readonly #heads: Buffer;
  readonly #sets: Buffer;
  readonly #setHeadLength: number;

  /** `count` keys of prefix and nine digits; values of `valueSize` bytes, at least the length of a key. */
  constructor(options: {
    count: number;
    valueSize: number;
    keysPerGet: number;
    prefix: string;
  }) {
    const { count, valueSize, keysPerGet, prefix } = options;
    this.count = count;
    this.valueSize = valueSize;
    this.keyLength = prefix.length + keyDigits;
    this.#keysPerGet = keysPerGet;
    this.#prefix = prefix;
    if (valueSize < this.keyLength) throw new RangeError(`values are at least ${this.keyLength} bytes long`);
    if (keysPerGet > count) throw new RangeError("more keys per get than keys");
    this.#pattern = bytePattern(patternStarts + valueSize);
    const keys = Array.from({ length: count }, (_, index) => this.key(index));
    // A get takes consecutive keys with one copy; the table goes on with the first keys for gets that wrap around.
    const wrapped = keys.concat(keys.slice(0, keysPerGet));
    this.#keys = Buffer.from(wrapped.map((key) => ` ${key}`).join(""), "latin1");
    this.#heads = Buffer.from(keys.map((key) => `VALUE ${key} 0 ${valueSize}\r\n${key}`).join(""), "latin1");
    this.#sets = Buffer.from(keys.map((key) => `set ${key} 0 0 ${valueSize}\r\n${key}`).join(""), "latin1");
    this.headLength = this.#heads.length / count;
    this.#setHeadLength = this.#sets.length / count;
    this.setLength = this.#setHeadLength + valueSize - this.keyLength + 2;
    this.getLength = 3 + keysPerGet * (this.keyLength + 1) + 2;
  }

  key(index: number): string {
    return this.#prefix + String(index).padStart(keyDigits, "0");
  }

  /** The index of `key`, or -1 if it is none of this space. */
  indexOf(key: string): number {
    if (key.length !== this.keyLength || !key.startsWith(this.#prefix)) return -1;
    const index = Number(key.slice(this.#prefix.length));
    return Number.isInteger(index) && index >= 0 && index < this.count ? index : -1;
  }

  /** Writes a get of the keys from `index` on; returns where it ends. */
  writeGet(out: Buffer, at: number, index: number): number {
    out[at] = 0x67;
    out[at + 1] = 0x65;
    out[at + 2] = 0x74;
    const from = index * (this.keyLength + 1);
    const end = at + 3 + this.#keys.copy(out, at + 3, from, from + this.#keysPerGet * (this.keyLength + 1));
    return writeLineEnd(out, end);
  }

  /** Writes a set of the key with its value; returns where it ends. */
  writeSet(out: Buffer, at: number, index: number): number {
    const head = index * this.#setHeadLength;
    let end = at + this.#sets.copy(out, at, head, head + this.#setHeadLength);
    const start = patternStart(index);
    end += this.#pattern.copy(out, end, start, start + this.valueSize - this.keyLength);
    return writeLineEnd(out, end);
  }

  /** Whether `chunk` has at `at` the `VALUE` line of the key and the key at the start of the value. */
  isHead(chunk: Buffer, at: number, index: number): boolean {
    const head = index * this.headLength;
    return chunk.compare(this.#heads, head, head + this.headLength, at, at + this.headLength) === 0;
  }

  /** Whether `length` bytes of `chunk` at `at` are those of the key's value from `from` on. */
  isValue(chunk: Buffer, at: number, length: number, index: number, from: number): boolean {
    const ofKey = Math.min(Math.max(this.keyLength - from, 0), length);
    if (ofKey > 0) {
      const key = index * (this.keyLength + 1) + 1 + from;
      if (chunk.compare(this.#keys, key, key + ofKey, at, at + ofKey) !== 0) return false;
    }
    if (ofKey === length) return true;
    const start = patternStart(index) + from + ofKey - this.keyLength;
    return chunk.compare(this.#pattern, start, start + length - ofKey, at + ofKey, at + length) === 0;
  }
}

function patternStart(index: number): number {
  return Math.imul(index, 0x9e3779b1) >>> 16;
}

function writeLineEnd(out: Buffer, at: number): number {
  out[at] = 0x0d;
  out[at + 1] = 0x0a;
  return at + 2;
}

/** Bytes of every value, so that line ends and protocol words can stand inside values too. */
function bytePattern(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let state = 0x2545f491;
  for (let at = 0; at < length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state >>> 11;
  }
  for (let at = 40; at + 16 < length; at += 997)
    bytes.write("\r\nEND\r\nVALUE a 0 1\r\n".slice(0, 16), at, "latin1");
  return bytes;
}
