import { decodeBase64 } from "./base64.ts";
import { replyForm } from "./reply-form.ts";

const space = 0x20;
const flagB = 0x62;
const flagK = 0x6b;
const flagO = 0x4f;
const flagV = 0x76;

const pair = (text: string) => (text.charCodeAt(0) << 8) | text.charCodeAt(1);
const VA = pair("VA");
const HD = pair("HD");
const EN = pair("EN");
const NF = pair("NF");
const NS = pair("NS");
const EX = pair("EX");
const ME = pair("ME");

/** By form, from `mg` on: what its reply can begin with, besides VA. */
const openings: readonly (readonly number[])[] = [
  [HD, EN],
  [HD, NS, EX, NF],
  [HD, NF, EX],
  [HD, NF, NS, EX],
  [ME, EN],
];

/** What `readMetaLine` found, if not the length of a value that follows. */
export const metaLine = {
  /** The line is the whole reply. */
  whole: -1,
  /** The same, and the command has done what it was asked to do: HD. */
  done: -2,
  /** No answer to this request. */
  garbage: -3,
} as const;

/** memcached's largest value: INT_MAX - 2. */
const maxValue = 0x7ffffffd;

/**
 * Reads the line bytes[start, end), without its end, as the reply of `form` to the meta request whose key and flags are
 * asked[askedStart, askedEnd): memcached 1.6 doc/protocol.txt, "Meta Commands". Returns the length of the value that
 * follows, or one of `metaLine`.
 *
 * What names the request, the key (`k`) and the opaque (`O`), has to be the request's own, and to be there where it was
 * asked for; only EN comes without them from servers before 1.6.10. A value comes exactly where it was asked for (`v`).
 */
export function readMetaLine(
  bytes: Buffer,
  start: number,
  end: number,
  form: number,
  asked: Buffer,
  askedStart: number,
  askedEnd: number,
): number {
  if (end - start < 2 || (end - start > 2 && bytes[start + 2] !== space)) return metaLine.garbage;
  const word = (bytes[start]! << 8) | bytes[start + 1]!;
  if (form === replyForm.me && word === ME)
    return isKeyOfMe(bytes, start + 3, end, asked, askedStart, askedEnd) ? metaLine.whole : metaLine.garbage;
  let keyEnd = askedStart;
  while (keyEnd < askedEnd && asked[keyEnd] !== space) keyEnd++;
  let at = start + 2;
  let length: number = metaLine.whole;
  if (word === VA) {
    if (form !== replyForm.mg && form !== replyForm.ma) return metaLine.garbage;
    length = 0;
    const digits = ++at;
    for (; at < end && bytes[at] !== space; at++) {
      const digit = bytes[at]! - 0x30;
      if (digit < 0 || digit > 9) return metaLine.garbage;
      length = length * 10 + digit;
    }
    if (at === digits || length > maxValue || at - digits > 10) return metaLine.garbage;
  } else if (!openings[form - replyForm.mg]!.includes(word)) return metaLine.garbage;
  else if (word === HD) {
    length = metaLine.done;
  }
  const wantsValue = form <= replyForm.ma && findFlag(asked, keyEnd, askedEnd, flagV) >= 0;
  if (word === VA ? !wantsValue : word === HD && wantsValue && form !== replyForm.ms && form !== replyForm.md)
    return metaLine.garbage;
  return namesRequest(bytes, at, end, asked, askedStart, keyEnd, askedEnd, word === EN)
    ? length
    : metaLine.garbage;
}

/** Whether key and opaque among the reply's flags at bytes[at, end) are those asked for. */
function namesRequest(
  bytes: Buffer,
  at: number,
  end: number,
  asked: Buffer,
  askedStart: number,
  keyEnd: number,
  askedEnd: number,
  mayBeSilent: boolean,
): boolean {
  const opaque = findFlag(asked, keyEnd, askedEnd, flagO);
  const told = findFlag(bytes, at, end, flagO);
  if (
    told < 0
      ? opaque >= 0 && !mayBeSilent
      : opaque < 0 || !isSameWord(bytes, told, end, asked, opaque, askedEnd)
  )
    return false;
  const key = findFlag(bytes, at, end, flagK);
  if (key < 0) return mayBeSilent || findFlag(asked, keyEnd, askedEnd, flagK) < 0;
  if (isSameWord(bytes, key + 1, end, asked, askedStart, keyEnd)) return true;
  const wordEnd = endOfWord(bytes, key + 1, end);
  // A key that was stored in base64 comes back in base64, however it was asked for; and one key has several forms there.
  const name = textOf(bytes, key + 1, wordEnd, findFlag(bytes, at, end, flagB) >= 0);
  return name === textOf(asked, askedStart, keyEnd, findFlag(asked, keyEnd, askedEnd, flagB) >= 0);
}

/** `me` names its key as it was stored, without saying whether that is base64. */
function isKeyOfMe(
  bytes: Buffer,
  at: number,
  end: number,
  asked: Buffer,
  askedStart: number,
  askedEnd: number,
): boolean {
  const keyEnd = endOfWord(asked, askedStart, askedEnd);
  if (at < end && isSameWord(bytes, at, end, asked, askedStart, keyEnd)) return true;
  const name = textOf(asked, askedStart, keyEnd, findFlag(asked, keyEnd, askedEnd, flagB) >= 0);
  const wordEnd = endOfWord(bytes, Math.min(at, end), end);
  return name === textOf(bytes, at, wordEnd, false) || name === textOf(bytes, at, wordEnd, true);
}

/** Where the word beginning with `letter` stands among those of bytes[at, end), each with a blank before it; or -1. */
function findFlag(bytes: Buffer, at: number, end: number, letter: number): number {
  for (let i = at; i < end - 1; i++) if (bytes[i] === space && bytes[i + 1] === letter) return i + 1;
  return -1;
}

function isSameWord(a: Buffer, aAt: number, aEnd: number, b: Buffer, bAt: number, bEnd: number): boolean {
  while (aAt < aEnd && bAt < bEnd && a[aAt] === b[bAt] && a[aAt] !== space) {
    aAt++;
    bAt++;
  }
  return (aAt >= aEnd || a[aAt] === space) && (bAt >= bEnd || b[bAt] === space);
}

function endOfWord(bytes: Buffer, at: number, end: number): number {
  while (at < end && bytes[at] !== space) at++;
  return at;
}

const decoded = Buffer.alloc(256);

function textOf(bytes: Buffer, start: number, end: number, base64: boolean): string {
  const length = base64 ? decodeBase64(bytes, start, end, decoded) : 0;
  return length === 0 ? bytes.toString("latin1", start, end) : decoded.toString("latin1", 0, length);
}
