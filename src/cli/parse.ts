import { nearest } from "../core/nearest.ts";
import type { Flag, Invocation, Verb } from "./verb.ts";

/** What a command line asks for. */
export type Parsed =
  | { readonly kind: "run"; readonly verb: Verb; readonly invocation: Invocation }
  /** `verb` null: help about everything. */
  | { readonly kind: "help"; readonly verb: Verb | null }
  | { readonly kind: "version" }
  /** `verb` null where not even the verb is clear. */
  | { readonly kind: "usage"; readonly verb: Verb | null; readonly message: string };

/** Understands a command line, without the program's name. */
export function parseCommandLine(args: readonly string[], verbs: readonly Verb[]): Parsed {
  const [first] = args;
  if (first === undefined) return { kind: "usage", verb: null, message: "a verb is needed" };
  if (first === "--help" || first === "-h") return { kind: "help", verb: null };
  if (first === "--version" || first === "-V") return { kind: "version" };
  if (first === "help") return parseHelp(args.slice(1), verbs);
  if (first.startsWith("-")) {
    return { kind: "usage", verb: null, message: `the verb comes first, before ${first}` };
  }
  const verb = findVerb(args, verbs);
  if (verb === undefined) return { kind: "usage", verb: null, message: unknownVerb(args, verbs) };
  return parseRest(args.slice(verb.name.split(" ").length), verb);
}

/** The verb with the most words that `args` begins with, so that `ring diff` wins over `ring`. */
function findVerb(args: readonly string[], verbs: readonly Verb[]): Verb | undefined {
  return verbs
    .filter((verb) => verb.name.split(" ").every((word, index) => args[index] === word))
    .sort((a, b) => b.name.length - a.name.length)[0];
}

function parseHelp(args: readonly string[], verbs: readonly Verb[]): Parsed {
  if (args.length === 0) return { kind: "help", verb: null };
  const verb = findVerb(args, verbs);
  if (verb === undefined) return { kind: "usage", verb: null, message: unknownVerb(args, verbs) };
  return { kind: "help", verb };
}

function unknownVerb(args: readonly string[], verbs: readonly Verb[]): string {
  const names = verbs.map((verb) => verb.name);
  const group = names.filter((name) => name.startsWith(`${args[0]} `));
  if (group.length === 0) return `unknown verb "${args[0]}"${guess(args[0]!, names)}`;
  const typed = args.slice(0, 2).join(" ");
  const hint = args.length > 1 ? guess(typed, names) : "";
  if (hint !== "") return `unknown verb "${typed}"${hint}`;
  const isFlag = args[1]?.startsWith("-") ?? true;
  if (isFlag) return `"${args[0]}" needs one more word: ${group.join(", ")}`;
  // It may be meant for something else: `convert nutcracker.yml`.
  return `there is no "${typed}"; there is: ${group.join(", ")}`;
}

function parseRest(args: readonly string[], verb: Verb): Parsed {
  const flags: Record<string, string | true> = {};
  const words: string[] = [];
  const usage = (message: string): Parsed => ({ kind: "usage", verb, message });

  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (arg === "--") {
      words.push(...args.slice(at + 1));
      break;
    }
    if (arg === "--help" || arg === "-h") return { kind: "help", verb };
    if (arg.startsWith("--help=")) return usage("--help takes no value");
    if (!arg.startsWith("-") || arg === "-") {
      words.push(arg);
      continue;
    }
    const { flag, typed, attached } = findFlag(arg, verb.flags);
    if (flag === undefined) return usage(unknownFlag(typed, verb.flags));
    if (flags[flag.name] !== undefined) return usage(`--${flag.name} is given twice`);
    if (flag.value === undefined) {
      if (attached !== undefined) return usage(`--${flag.name} takes no value`);
      flags[flag.name] = true;
      continue;
    }
    const value = attached ?? args[++at];
    if (value === undefined || value === "") return usage(`${typed} needs a value: ${typed} ${flag.value}`);
    const wrong = misfit(flag, value);
    if (wrong !== null) return usage(`${typed} ${value}: ${wrong}`);
    flags[flag.name] = value;
  }

  const missing = verb.flags.find((flag) => flag.required === true && flags[flag.name] === undefined);
  if (missing !== undefined) return usage(`--${missing.name} ${missing.value} is needed`);
  const [least, most] = verb.arity;
  if (words.length < least) return usage(`${verb.operands} is needed`);
  if (words.length > most) return usage(`"${words[most]}" is one word too many`);
  for (const [index, word] of words.entries()) {
    const wrong = verb.checkWord?.(word, index) ?? null;
    if (wrong !== null) return usage(`"${word}": ${wrong}`);
  }
  return { kind: "run", verb, invocation: { flags, words } };
}

/** Why a flag does not take the value; null if it does. */
function misfit({ choices, check }: Flag, value: string): string | null {
  if (choices === undefined || choices.includes(value)) return check?.(value) ?? null;
  return `give one of ${choices.join(", ")}${guess(value, choices)}`;
}

/** Understands `--flag`, `--flag=value`, `-f` and `-fvalue`. */
function findFlag(
  arg: string,
  flags: readonly Flag[],
): { flag: Flag | undefined; typed: string; attached: string | undefined } {
  if (arg.startsWith("--")) {
    const equals = arg.indexOf("=");
    const typed = equals === -1 ? arg : arg.slice(0, equals);
    const attached = equals === -1 ? undefined : arg.slice(equals + 1);
    return { flag: flags.find((flag) => `--${flag.name}` === typed), typed, attached };
  }
  const typed = arg.slice(0, 2);
  const attached = arg.length > 2 ? arg.slice(2) : undefined;
  return {
    flag: flags.find((flag) => flag.short !== undefined && `-${flag.short}` === typed),
    typed,
    attached,
  };
}

function unknownFlag(typed: string, flags: readonly Flag[]): string {
  const names = [...flags.map((flag) => `--${flag.name}`), "--help"];
  return `unknown flag ${typed}${guess(typed, names)}`;
}

function guess(typed: string, known: readonly string[]): string {
  const near = nearest(typed, known);
  return near === undefined ? "" : `; did you mean ${near}?`;
}
