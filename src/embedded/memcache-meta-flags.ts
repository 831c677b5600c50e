import { BAD_FORMAT } from "./memcache-command.ts";
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

/** Longest opaque token, its letter included, in bytes. */
const MAX_OPAQUE = 32;

const KNOWN = new Set("bcfhklqstuvxCDEFIJLMNOPRT");
const BAD_TOKEN = "CLIENT_ERROR bad token in command line format\r\n";

const VALUED: ReadonlyMap<
  string,
  readonly [field: keyof MetaFlags, parse: (text: string) => unknown, error: string]
> = new Map([
  ["N", ["vivify", parseInt32, BAD_TOKEN]],
  ["T", ["exptime", parseInt32, BAD_TOKEN]],
  ["R", ["recache", parseInt32, BAD_TOKEN]],
  ["F", ["clientFlags", parseUint32, BAD_FORMAT]],
  ["C", ["cas", parseUint64, BAD_TOKEN]],
  ["E", ["explicitCas", parseUint64, BAD_TOKEN]],
  ["D", ["delta", parseUint64, "CLIENT_ERROR invalid numeric delta value\r\n"]],
  ["J", ["initial", parseUint64, "CLIENT_ERROR invalid numeric initial value\r\n"]],
  ["M", ["mode", parseMode, "CLIENT_ERROR incorrect length for M token\r\n"]],
]);

/** Reads flags; a string is the line that refuses them. */
export function parseMetaFlags(tokens: readonly string[]): MetaFlags | string {
  const letters = new Set<string>();
  const values: Partial<Record<keyof MetaFlags, unknown>> = {};
  let error: string | null = null;
  for (const token of tokens) {
    const letter = token.charAt(0);
    if (letters.has(letter)) return "CLIENT_ERROR duplicate flag\r\n";
    if (!KNOWN.has(letter)) return "CLIENT_ERROR invalid flag\r\n";
    letters.add(letter);
    const valued = VALUED.get(letter);
    if (valued === undefined) continue;
    const [field, parse, complaint] = valued;
    values[field] = parse(token.slice(1));
    if (values[field] === null) error = complaint;
  }
  return error ?? ({ ...values, tokens, letters } as MetaFlags);
}

/** Whether an `O` flag is too long to be given back. */
export function isOpaqueTooLong(flags: MetaFlags): boolean {
  return flags.tokens.some((token) => token.startsWith("O") && token.length > MAX_OPAQUE);
}

function parseMode(text: string): string | null {
  return text.length === 1 ? text : null;
}
