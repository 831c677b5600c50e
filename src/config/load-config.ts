import { checkAcross } from "./checks.ts";
import type { Config } from "./config.ts";
import { byPosition, type ConfigError, formatPath, type Path } from "./config-error.ts";
import { type ReadFile, readBounded, readFiles, reasonOf } from "./config-files.ts";
import { type Environment, expand } from "./environment.ts";
import { fillDefaults } from "./fill-defaults.ts";
import { normalize } from "./normalize.ts";
import { type ConfigForm, schema } from "./schema.ts";
import { type Reread, type Violation, validate } from "./validate.ts";
import { strikeOut, type WellFormed } from "./well-formed.ts";
import { readYaml, type YamlSource } from "./yaml-source.ts";

/** A configuration, or everything that is wrong with it. */
export type Loaded =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

/** A larger file is refused, in bytes. */
export const largestFile = 2 ** 20;

/** Nobody reads more errors of one file than that. */
const mostErrors = 1000;

/** Reads, checks and normalizes the configuration file at `path`. Never throws. */
export function loadConfig(path: string, environment: Environment, read: ReadFile = readBounded): Loaded {
  const content = readConfigText(path, read);
  return content.ok ? parseConfig(content.text, path, environment, read) : content;
}

/** The text of a file of at most 1 MiB in UTF-8, or why there is none. */
export function readConfigText(
  path: string,
  read: ReadFile = readBounded,
): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly errors: ConfigError[] } {
  const fail = (message: string, line = 1, column = 1) => ({
    ok: false as const,
    errors: [{ file: path, line, column, path: "", message }],
  });
  let content: Uint8Array;
  try {
    content = read(path, largestFile);
  } catch (error) {
    return fail(`cannot read the file: ${reasonOf(error)}`);
  }
  try {
    return { ok: true, text: new TextDecoder("utf-8", { fatal: true }).decode(content) };
  } catch {
    const before = new TextDecoder().decode(content).split("\ufffd", 1)[0] as string;
    const lines = before.split("\n");
    return fail(
      "the file is not valid UTF-8 from here on",
      lines.length,
      (lines.at(-1) as string).length + 1,
    );
  }
}

/**
 * Checks and normalizes the text of a configuration file. `file` is its path, for messages and for relative paths
 * in it. Files that it names (secrets, certificates) are read. Never throws.
 */
export function parseConfig(
  text: string,
  file: string,
  environment: Environment,
  read: ReadFile = readBounded,
): Loaded {
  const source = readYaml(text);
  const errors: ConfigError[] = source.problems.map(({ line, column, path, message }) => ({
    file,
    line,
    column,
    path: formatPath(path),
    message,
  }));
  const refuse = (path: Path, message: string, atKey = false): void => {
    const position = atKey ? source.keyPosition(path) : source.position(path);
    errors.push({ file, ...position, path: formatPath(path), message });
  };
  const failed = (): Loaded => ({ ok: false, errors: errors.sort(byPosition).slice(0, mostErrors) });
  if (source.value === undefined) return failed();
  if (source.value === null) {
    refuse([], "the file is empty; it needs listeners (memcache, http) and pools");
    return failed();
  }

  const { value, expanded, unset } = expandAll(source.value, environment, refuse);
  const refusedBefore = [...source.problems.map(({ path }) => path), ...unset];
  const violations = validate(value, rereader(source, expanded));
  const isFollowUp = followUps(refusedBefore);
  for (const violation of violations) {
    if (!isFollowUp(violation)) refuse(violation.path, violation.message, violation.atKey);
  }

  // What follows looks at the well-formed part, which is all of it if nothing has been refused yet.
  const doubtful = [...refusedBefore, ...violations.flatMap((violation) => violation.doubtful)];
  const form = fillDefaults(schema, strikeOut(value, doubtful)) as WellFormed<ConfigForm> | undefined;
  if (form === undefined) return failed();
  checkAcross(form, refuse);
  const files = readFiles(form, file, read, refuse);
  return errors.length > 0 ? failed() : { ok: true, config: normalize(form as ConfigForm, files) };
}

/** Tells whether a violation only says again what is wrong with a setting that has been refused already. */
function followUps(refused: readonly Path[]): (violation: Violation) => boolean {
  const known = new Set(refused.map((path) => JSON.stringify(path)));
  // A key that is missing may be one that could not be read.
  return ({ path, atKey }) => known.has(JSON.stringify(atKey ? path.slice(0, -1) : path));
}

interface Expanded {
  readonly value: unknown;
  /** Texts in which a variable was filled in, by path. */
  readonly expanded: ReadonlyMap<string, string>;
  /** Texts that could not be expanded, and so are refused already. */
  readonly unset: readonly Path[];
}

/** Fills in variables in all texts of a value. */
function expandAll(
  value: unknown,
  environment: Environment,
  refuse: (path: Path, message: string) => void,
): Expanded {
  const expanded = new Map<string, string>();
  const unset: Path[] = [];
  const walk = (at: unknown, path: Path): unknown => {
    if (typeof at === "string") return expandOne(at, path);
    if (Array.isArray(at)) return at.map((item, index) => walk(item, [...path, index]));
    if (at === null || typeof at !== "object") return at;
    const copy = Object.entries(at).map(([key, item]) => [key, walk(item, [...path, key])] as const);
    return Object.fromEntries(copy);
  };
  const expandOne = (text: string, path: Path): string => {
    const result = expand(text, environment);
    for (const name of new Set(result.missing)) {
      refuse(
        path,
        `the environment variable ${name} is not set; set it, or give a default: \${${name}:-default}`,
      );
    }
    if (result.malformed !== null) {
      refuse(
        path,
        `${result.malformed} is not a variable; write \${NAME} or \${NAME:-default}, or $\${ for a literal \${`,
      );
    }
    if (result.missing.length > 0 || result.malformed !== null) unset.push(path);
    if (result.text !== text) expanded.set(JSON.stringify(path), result.text);
    return result.text;
  };
  return { value: walk(value, []), expanded, unset };
}

/**
 * YAML guesses types by looks, and a variable is always text. Where the schema wants another type, a variable is
 * read as number or boolean, and a number or boolean without quotes as the text that stands in the file.
 */
function rereader(source: YamlSource, expanded: ReadonlyMap<string, string>): Reread {
  return (path, types) => {
    const text = expanded.get(JSON.stringify(path));
    if (text !== undefined) {
      const numeric = types.has("integer") || types.has("number");
      if (numeric && /^-?\d{1,15}(\.\d+)?$/.test(text)) return Number(text);
      if (types.has("boolean") && (text === "true" || text === "false")) return text === "true";
      return undefined;
    }
    const scalar = source.scalar(path);
    const isGuess = scalar?.plain && (typeof scalar.value === "number" || typeof scalar.value === "boolean");
    return isGuess && types.has("string") ? scalar.source : undefined;
  };
}
