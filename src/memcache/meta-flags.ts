import { isBase64 } from "./base64.ts";
import { isPlainDecimal, isUint64, parseDecimal } from "./decimal.ts";

/** What is wrong with the flags of a meta command. */
export const flagProblem = {
  none: 0,
  /** No letter, or longer than a flag may be. */
  invalid: 1,
  duplicate: 2,
  /** The number behind the letter is none, or out of its bounds. */
  token: 3,
  clientFlags: 4,
  delta: 5,
  initial: 6,
  mode: 7,
  opaque: 8,
  /** The key is not the base64 that the flag b says it is. */
  key: 9,
} as const;

/** Longest flag, its letter included: memcached's bound for an opaque. */
const longest = 32;

const D = 0x44;
const J = 0x4a;
const lowerA = 0x61;
const b = 0x62;
const q = 0x71;

const kind = { none: 0, other: 1, bare: 2, int32: 3, uint32: 4, uint64: 5, mode: 6, opaque: 7 } as const;

/** The kind of each byte as the first of a flag. */
const kinds = new Uint8Array(256);
for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") set(letter, kind.other);
set("bcfhklqstuvxI", kind.bare);
set("TNR", kind.int32);
set("F", kind.uint32);
set("CEDJ", kind.uint64);
set("M", kind.mode);
set("O", kind.opaque);

function set(letters: string, value: number): void {
  for (const letter of letters) kinds[letter.charCodeAt(0)] = value;
}

/** Whether the flag has nothing behind its letter; servers do not look at what stands there. */
export function isBare(letter: number): boolean {
  return kinds[letter] === kind.bare;
}

/** Whether a number follows the flag's letter. */
export function hasNumber(letter: number): boolean {
  const found = kinds[letter]!;
  return found >= kind.int32 && found <= kind.uint64;
}

/** Reads the flags of meta commands; the result stays until the next call. See server-line.ts for their grammar. */
export class MetaFlags {
  /** No answer if all goes well; key in base64. */
  quiet = false;
  base64 = false;
  /** They are as servers get them. */
  canonical = true;

  /**
   * Reads the words from `first` to `count` of a line, whose bounds are in `words`, and whose second word is the key.
   * Returns the problem that memcached 1.6.18 tells of: what is no flag at all, or else the last one.
   */
  read(bytes: Uint8Array, words: Int32Array, first: number, count: number): number {
    this.quiet = this.base64 = false;
    this.canonical = true;
    let lower = 0;
    let upper = 0;
    let problem: number = flagProblem.none;
    for (let i = first; i < count; i++) {
      const start = words[2 * i]!;
      const letter = bytes[start]!;
      if (kinds[letter] === kind.none) return flagProblem.invalid;
      const bit = 1 << (letter & 31);
      if (letter >= lowerA) {
        if ((lower & bit) !== 0) return flagProblem.duplicate;
        lower |= bit;
        if (letter === q) this.quiet = true;
        else if (letter === b) {
          this.base64 = true;
          if (!isBase64(bytes, words[2]!, words[3]!)) problem = flagProblem.key;
        }
      } else {
        if ((upper & bit) !== 0) return flagProblem.duplicate;
        upper |= bit;
      }
      const found = this.check(bytes, start, words[2 * i + 1]!);
      if (found === flagProblem.none) continue;
      if (found === flagProblem.invalid) return found;
      // These two have no words of their own once another problem was seen.
      const quiet = found === flagProblem.clientFlags || found === flagProblem.opaque;
      if (!quiet || problem === flagProblem.none) problem = found;
    }
    return problem;
  }

  private check(bytes: Uint8Array, start: number, end: number): number {
    const letter = bytes[start]!;
    const from = start + 1;
    switch (kinds[letter]) {
      case kind.bare:
        if (end > from) this.canonical = false;
        return flagProblem.none;
      case kind.int32: {
        const value = parseDecimal(bytes, from, end);
        return this.number(bytes, from, end, value === (value | 0), flagProblem.token);
      }
      case kind.uint32: {
        const value = parseDecimal(bytes, from, end);
        return this.number(bytes, from, end, value === value >>> 0, flagProblem.clientFlags);
      }
      case kind.uint64:
        return this.number(bytes, from, end, isUint64(bytes, from, end), numberProblem(letter));
      case kind.mode:
        return end - from === 1 ? flagProblem.none : flagProblem.mode;
      case kind.opaque:
        return end - start > longest ? flagProblem.opaque : flagProblem.none;
      default:
        return end - start > longest ? flagProblem.invalid : flagProblem.none;
    }
  }

  private number(bytes: Uint8Array, start: number, end: number, good: boolean, problem: number): number {
    if (!good) return problem;
    if (!isPlainDecimal(bytes, start, end)) this.canonical = false;
    return flagProblem.none;
  }
}

function numberProblem(letter: number): number {
  if (letter === D) return flagProblem.delta;
  return letter === J ? flagProblem.initial : flagProblem.token;
}
