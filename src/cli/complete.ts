import type { Completes, Flag, Verb } from "./verb.ts";

/** What can stand at the cursor. */
export interface Completion {
  /** Words that begin with what has been typed, each with its meaning. */
  readonly words: readonly Candidate[];
  /** Names that are to be looked up besides. */
  readonly names: NamesWanted | null;
}

export interface Candidate {
  readonly word: string;
  readonly help: string;
}

export interface NamesWanted {
  readonly of: Completes;
  /** What has been typed of the name, and what stands before it in the same word: `--pool=`. */
  readonly typed: string;
  readonly before: string;
  /** Whose servers. */
  readonly pool: string | undefined;
}

/** Completes the last of `words`, which is what has been typed of it; the program's name is not among them. */
export function complete(words: readonly string[], verbs: readonly Verb[]): Completion {
  const typed = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const verb = verbOf(before, verbs);
  if (verb === undefined) return { words: beginnings(before, typed, verbs), names: null };
  const more = before.length === verb.name.split(" ").length ? beginnings(before, typed, verbs) : [];
  const rest = completeRest(verb, before.slice(verb.name.split(" ").length), typed);
  return { ...rest, words: [...more, ...rest.words] };
}

/** The verb with the most words that stands in front. */
function verbOf(words: readonly string[], verbs: readonly Verb[]): Verb | undefined {
  const fits = ({ name }: Verb): boolean => name.split(" ").every((word, index) => words[index] === word);
  return verbs.filter(fits).sort((a, b) => b.name.length - a.name.length)[0];
}

/** The words with which verbs go on; at the beginning also what needs no verb. */
function beginnings(before: readonly string[], typed: string, verbs: readonly Verb[]): Candidate[] {
  const found = new Map<string, string>();
  for (const { name, summary } of verbs) {
    const words = name.split(" ");
    const next = words[before.length];
    if (next === undefined || before.some((word, index) => word !== words[index])) continue;
    const isWhole = words.length === before.length + 1;
    if (isWhole || !found.has(next)) found.set(next, isWhole ? summary : `${next} …`);
  }
  if (before.length === 0) {
    found
      .set("help", "Say more about a verb.")
      .set("--help", "Say what there is.")
      .set("--version", "Print the version.");
  }
  return [...found].filter(([word]) => word.startsWith(typed)).map(([word, help]) => ({ word, help }));
}

function completeRest(verb: Verb, before: readonly string[], typed: string): Completion {
  const given = readGiven(verb, before);
  const pool = given.pool ?? (verb.completes?.[0] === "pool" ? given.operands[0] : undefined);
  const value = (flag: Flag, text: string, prefix: string): Completion =>
    choose(flag.choices ?? flag.completes, { typed: text, before: prefix, pool });
  if (given.open !== undefined) return value(given.open, typed, "");
  if (given.onlyOperands || !typed.startsWith("-") || typed === "-") {
    const { length } = given.operands;
    if (length >= verb.arity[1]) return typed === "" ? flagsOf(verb, given.flags, "") : nothing;
    const kinds = verb.completes ?? [];
    const operand = choose(kinds[length] ?? kinds.at(-1), { typed, before: "", pool });
    const none = operand.words.length === 0 && operand.names === null && !given.onlyOperands;
    return none && typed === "" ? flagsOf(verb, given.flags, "") : operand;
  }
  const equals = typed.indexOf("=");
  if (equals === -1) return flagsOf(verb, given.flags, typed);
  const flag = verb.flags.find(({ name }) => `--${name}` === typed.slice(0, equals));
  return flag === undefined ? nothing : value(flag, typed.slice(equals + 1), typed.slice(0, equals + 1));
}

const nothing: Completion = { words: [], names: null };

interface Given {
  readonly flags: ReadonlySet<Flag>;
  readonly operands: readonly string[];
  /** Flag whose value comes next. */
  readonly open: Flag | undefined;
  readonly onlyOperands: boolean;
  /** Value of `--pool`. */
  readonly pool: string | undefined;
}

function readGiven(verb: Verb, words: readonly string[]): Given {
  const flags = new Set<Flag>();
  const operands: string[] = [];
  let open: Flag | undefined;
  let onlyOperands = false;
  let pool: string | undefined;
  for (const word of words) {
    if (open !== undefined) {
      if (open.name === "pool") pool = word;
      open = undefined;
    } else if (onlyOperands || !word.startsWith("-") || word === "-") operands.push(word);
    else if (word === "--") onlyOperands = true;
    else {
      const [name, value] = word.split("=", 2);
      const flag = verb.flags.find((each) => `--${each.name}` === name || `-${each.short}` === name);
      if (flag !== undefined) flags.add(flag);
      if (flag?.value !== undefined && value === undefined) open = flag;
      if (flag?.name === "pool" && value !== undefined) pool = value;
    }
  }
  return { flags, operands, open, onlyOperands, pool };
}

/** Those that have not been given. */
function flagsOf(verb: Verb, given: ReadonlySet<Flag>, typed: string): Completion {
  const flags = verb.flags
    .filter((flag) => !given.has(flag))
    .map(({ name, help }) => ({ word: `--${name}`, help }));
  const all = [...flags, { word: "--help", help: "Say more about the verb." }];
  return { words: all.filter(({ word }) => word.startsWith(typed)), names: null };
}

function choose(
  kind: Completes | readonly string[] | undefined,
  { typed, before, pool }: Omit<NamesWanted, "of">,
): Completion {
  if (kind === undefined) return nothing;
  if (typeof kind === "string") return { words: [], names: { of: kind, typed, before, pool } };
  const fitting = kind.filter((word) => word.startsWith(typed));
  return { words: fitting.map((word) => ({ word: `${before}${word}`, help: "" })), names: null };
}
