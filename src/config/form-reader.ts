import { byPosition, type ConfigError, formatPath, type Path } from "./config-error.ts";
import { type Environment, expand } from "./environment.ts";
import { fillDefaults } from "./fill-defaults.ts";
import type { Refuse } from "./refuse.ts";
import { type Reread, type Violation, validate } from "./validate.ts";
import { strikeOut, type WellFormed } from "./well-formed.ts";
import { readYaml, type YamlSource } from "./yaml-source.ts";

/** Nobody reads more errors of one file than that. */
const mostErrors = 1000;

export interface FormOptions {
  /** Its path, for messages. */
  readonly file: string;
  readonly schema: object;
  readonly environment: Environment;
  /** What to say of a file that holds nothing. */
  readonly empty: string;
}

/** What a file comes to by itself, before its settings are held against each other. */
export interface FormReading<Form> {
  /** Filled in, as far as it can be relied on; undefined where nothing of it can. */
  readonly form: WellFormed<Form> | undefined;
  /** Adds an error at the place of a setting. */
  readonly refuse: Refuse;
  /** All that is wrong, in the order of the file; what was refused after this was called is not among it. */
  readonly errors: () => ConfigError[];
  /** The same as `refuse` for what is no error: gives it back. */
  readonly errorAt: (path: Path, message: string, atKey?: boolean) => ConfigError;
}

/** Reads the YAML text of a form: fills in variables and defaults, and holds it against the schema. Never throws. */
export function readForm<Form>(
  text: string,
  { file, schema, environment, empty }: FormOptions,
): FormReading<Form> {
  const source = readYaml(text);
  const found: ConfigError[] = source.problems.map(({ line, column, path, message }) => ({
    file,
    line,
    column,
    path: formatPath(path),
    message,
  }));
  const errorAt = (path: Path, message: string, atKey = false): ConfigError => {
    const position = atKey ? source.keyPosition(path) : source.position(path);
    return { file, ...position, path: formatPath(path), message };
  };
  const refuse = (path: Path, message: string, atKey = false): void => {
    found.push(errorAt(path, message, atKey));
  };
  const errors = (): ConfigError[] => found.sort(byPosition).slice(0, mostErrors);
  if (source.value === null) refuse([], empty);
  if (source.value === undefined || source.value === null)
    return { form: undefined, refuse, errors, errorAt };

  const { value, expanded, unset } = expandAll(source.value, environment, refuse);
  const refusedBefore = [...source.problems.map(({ path }) => path), ...unset];
  const violations = validate(value, rereader(source, expanded), schema);
  const isFollowUp = followUps(refusedBefore);
  for (const violation of violations) {
    if (!isFollowUp(violation)) refuse(violation.path, violation.message, violation.atKey);
  }

  // What follows looks at the well-formed part, which is all of it if nothing has been refused yet.
  const doubtful = [...refusedBefore, ...violations.flatMap((violation) => violation.doubtful)];
  const form = fillDefaults(schema, strikeOut(value, doubtful)) as WellFormed<Form> | undefined;
  return { form, refuse, errors, errorAt };
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
