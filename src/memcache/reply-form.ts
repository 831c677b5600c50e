import { command } from "../observe/metric-labels.ts";

/**
 * Which replies a request can get: one form for each group of commands that share theirs (memcached 1.6
 * doc/protocol.txt). Each of them can be an error line as well.
 */
export const replyForm = {
  /** set, add, replace, append, prepend: STORED or NOT_STORED. */
  stored: 0,
  /** The same, or EXISTS or NOT_FOUND. */
  cas: 1,
  /** incr, decr: the new number, or NOT_FOUND. */
  number: 2,
  deleted: 3,
  touched: 4,
  ok: 5,
  /** OK, or why pages are not moved. */
  slabs: 6,
  /** `stats sizes_enable`: OK or one STAT line, which no END follows. */
  sizes: 7,
  version: 8,
  /** VALUE blocks, then END: without a cas unique for get and gat, with one for gets and gats. */
  values: 9,
  valuesCas: 10,
  /** Lines up to END, or one line, OK or RESET. */
  stats: 11,
  /** A line of a meta command, with a value after `VA`. */
  mg: 12,
  ms: 13,
  md: 14,
  ma: 15,
  me: 16,
  /** Added to one of the five: nothing or a meta reply, then the MN of the no-op sent behind a quiet request. */
  quiet: 32,
} as const;

/** The first of the forms that are a line of a meta command. */
export const firstMetaForm = replyForm.mg;

const forms: Readonly<Partial<Record<keyof typeof command, number>>> = {
  get: replyForm.values,
  gat: replyForm.values,
  gets: replyForm.valuesCas,
  gats: replyForm.valuesCas,
  cas: replyForm.cas,
  incr: replyForm.number,
  decr: replyForm.number,
  delete: replyForm.deleted,
  touch: replyForm.touched,
  flush_all: replyForm.ok,
  slabs: replyForm.slabs,
  stats: replyForm.stats,
  mg: replyForm.mg,
  ms: replyForm.ms,
  md: replyForm.md,
  ma: replyForm.ma,
  me: replyForm.me,
};

const formByCommand = Int32Array.from(
  Object.keys(command),
  (name) => forms[name as keyof typeof command] ?? replyForm.stored,
);

/** The form of the reply to a command (observe/metric-labels.ts); `quiet`: a no-op is sent behind it. */
export function replyFormOf(index: number, quiet: boolean): number {
  const form = formByCommand[index]!;
  return quiet ? form | replyForm.quiet : form;
}

/** Whether the reply ends with the MN of a no-op that podmate sends behind the request. */
export function endsWithNoop(form: number): boolean {
  return (form & replyForm.quiet) !== 0;
}

/** Whether requests whose reply is of `form` have a value. */
export function hasValue(form: number): boolean {
  return form <= replyForm.cas || (form & ~replyForm.quiet) === replyForm.ms;
}

const words = (...list: readonly string[]): readonly Buffer[] => list.map((word) => Buffer.from(word));

/** The lines that a form of one line can be. */
const wholeLines: readonly (readonly Buffer[])[] = [
  words("STORED", "NOT_STORED"),
  words("STORED", "EXISTS", "NOT_FOUND", "NOT_STORED"),
  words("NOT_FOUND"),
  words("DELETED", "NOT_FOUND"),
  words("TOUCHED", "NOT_FOUND"),
  words("OK"),
  words("OK"),
  words("OK"),
  [],
];

/** What such a line can begin with, as a word, where more follows. */
const openings: readonly (readonly Buffer[])[] = [
  [],
  [],
  [],
  [],
  [],
  [],
  words("BUSY", "BADCLASS", "NOSPARE", "NOTFULL", "UNSAFE", "SAME"),
  words("STAT"),
  words("VERSION"),
];

/** What the lines of `stats` begin with, and what may stand there in their place, alone. */
const statOpenings = words("STAT", "PREFIX", "ITEM");
const statAnswers = words("OK", "RESET");
const errorWords = words("ERROR", "CLIENT_ERROR", "SERVER_ERROR");

/** Most digits of an unsigned number of 64 bits. */
const longestNumber = 20;

/** Whether bytes[start, end), a line without its end, answers a request whose reply is one line of `form`. */
export function isLineOf(form: number, bytes: Uint8Array, start: number, end: number): boolean {
  const lines = wholeLines[form]!;
  for (let i = 0; i < lines.length; i++) {
    if (end - start === lines[i]!.length && beginsWith(bytes, start, end, lines[i]!)) return true;
  }
  if (form === replyForm.number) return isNumber(bytes, start, end);
  return opensWith(bytes, start, end, openings[form]!);
}

/** An error of the server, which any request can get. */
export function isErrorLine(bytes: Uint8Array, start: number, end: number): boolean {
  const pair = (bytes[start]! << 8) | bytes[start + 1]!;
  // "ER", "CL", "SE": all other lines are ruled out by this alone.
  if (pair !== 0x4552 && pair !== 0x434c && pair !== 0x5345) return false;
  return opensWith(bytes, start, end, errorWords);
}

/** One of the lines of `stats` that END follows. */
export function isStatLine(bytes: Uint8Array, start: number, end: number): boolean {
  return opensWith(bytes, start, end, statOpenings);
}

/** Whether the line is a whole reply, without END, as commands such as `stats reset` get. */
export function isStatAnswer(bytes: Uint8Array, start: number, end: number): boolean {
  return statAnswers.some((word) => end - start === word.length && beginsWith(bytes, start, end, word));
}

function opensWith(bytes: Uint8Array, start: number, end: number, list: readonly Buffer[]): boolean {
  for (let i = 0; i < list.length; i++) {
    const after = start + list[i]!.length;
    if (beginsWith(bytes, start, end, list[i]!) && (after === end || bytes[after] === 0x20)) return true;
  }
  return false;
}

function beginsWith(bytes: Uint8Array, start: number, end: number, word: Buffer): boolean {
  if (end - start < word.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word[i]) return false;
  return true;
}

function isNumber(bytes: Uint8Array, start: number, end: number): boolean {
  if (end === start || end - start > longestNumber) return false;
  for (let i = start; i < end; i++) if (bytes[i]! < 0x30 || bytes[i]! > 0x39) return false;
  return true;
}
