import { BAD_FORMAT } from "./memcache-command.ts";
import { decodeKey } from "./memcache-meta-key.ts";
import { parseInt32, parseUint32, parseUint64 } from "./memcache-tokens.ts";

/** The flags of one meta command: which are there, in the order asked, and the values of those that carry one. */
export interface MetaFlags {
  /** Each flag as it came: a letter, and what stood behind it. */
  readonly tokens: readonly string[];
  readonly letters: ReadonlySet<string>;
  /** `N`, `T`, `R`: exptimes as given, in seconds. */
  readonly vivify?: number;
  readonly exptime?: number;
  readonly recache?: number;
  /** `F`. */
  readonly clientFlags?: number;
  /** `C`, `E`, `D`, `J`. */
  readonly cas?: bigint;
  readonly explicitCas?: bigint;
  readonly delta?: bigint;
  readonly initial?: bigint;
  /** `M`: one letter. */
  readonly mode?: string;
}

/** Most words of a meta command. */
export const MAX_META_WORDS = 19;

export const BAD_OPAQUE = "CLIENT_ERROR opaque token too long\r\n";

/** Longest opaque token, its letter included, in bytes. */
const MAX_OPAQUE = 32;

const KNOWN = new Set("bcfhklqstuvxCDEFIJLMNOPRT");
const BAD_KEY = "CLIENT_ERROR error decoding key\r\n";
const BAD_TOKEN = "CLIENT_ERROR bad token in command line format\r\n";

/** How the value of a flag is read, and what is said where that fails; `F` has no words of its own. */
interface Valued {
  readonly field: keyof MetaFlags;
  readonly parse: (text: string) => unknown;
  readonly complaint: string | null;
}

const VALUED: ReadonlyMap<string, Valued> = new Map([
  ["N", { field: "vivify", parse: parseInt32, complaint: BAD_TOKEN }],
  ["T", { field: "exptime", parse: parseInt32, complaint: BAD_TOKEN }],
  ["R", { field: "recache", parse: parseInt32, complaint: BAD_TOKEN }],
  ["F", { field: "clientFlags", parse: parseUint32, complaint: null }],
  ["C", { field: "cas", parse: parseUint64, complaint: BAD_TOKEN }],
  ["E", { field: "explicitCas", parse: parseUint64, complaint: BAD_TOKEN }],
  ["D", { field: "delta", parse: parseUint64, complaint: "CLIENT_ERROR invalid numeric delta value\r\n" }],
  [
    "J",
    { field: "initial", parse: parseUint64, complaint: "CLIENT_ERROR invalid numeric initial value\r\n" },
  ],
  ["M", { field: "mode", parse: parseMode, complaint: "CLIENT_ERROR incorrect length for M token\r\n" }],
] as const);

/** A meta command with its key decoded and its flags read. */
export interface MetaRequest {
  readonly key: string;
  /** The key came in base64. */
  readonly binary: boolean;
  readonly flags: MetaFlags;
}

/** Reads key and flags; a string is the line that refuses them. Of several mistakes in values the last is told. */
export function parseMetaRequest(text: string, tokens: readonly string[]): MetaRequest | string {
  const letters = new Set<string>();
  const values: Partial<Record<keyof MetaFlags, unknown>> = {};
  let key = text;
  let failed = false;
  let complaint = BAD_FORMAT;
  for (const token of tokens) {
    const letter = token.charAt(0);
    if (letters.has(letter)) return "CLIENT_ERROR duplicate flag\r\n";
    if (!KNOWN.has(letter)) return "CLIENT_ERROR invalid flag\r\n";
    letters.add(letter);
    if (letter === "b") {
      const decoded = decodeKey(text);
      failed ||= decoded === null;
      if (decoded === null) complaint = BAD_KEY;
      else key = decoded;
    }
    const valued = VALUED.get(letter);
    if (valued === undefined) continue;
    const value = valued.parse(token.slice(1));
    failed ||= value === null;
    if (value === null) complaint = valued.complaint ?? complaint;
    values[valued.field] = value;
  }
  if (failed) return complaint;
  return { key, binary: letters.has("b"), flags: { ...values, tokens, letters } as MetaFlags };
}

/** Whether an `O` flag is too long to be given back. */
export function isOpaqueTooLong(flags: MetaFlags): boolean {
  return flags.tokens.some((token) => token.startsWith("O") && token.length > MAX_OPAQUE);
}

function parseMode(text: string): string | null {
  return text.length === 1 ? text : null;
}
