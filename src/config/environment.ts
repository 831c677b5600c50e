/** The variables that `${NAME}` may name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A text with its variables filled in, and the names of those that are not set and have no default. */
export interface Expansion {
  readonly text: string;
  readonly missing: readonly string[];
  /** The first thing that looks like a variable but is none, such as `${1X}` or an unclosed `${`. */
  readonly malformed: string | null;
}

const reference = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{[^}]{0,40}\}?/g;

/**
 * Replaces `${NAME}` by the variable and `${NAME:-default}` by the default where the variable is unset or empty,
 * as the shell does (POSIX 2.6.2). `$${` stands for a literal `${`. What is filled in is not expanded again.
 */
export function expand(text: string, environment: Environment): Expansion {
  const missing: string[] = [];
  let malformed: string | null = null;
  const expanded = text.replace(reference, (match: string, name?: string, fallback?: string) => {
    if (match === "$${") return "${";
    if (name === undefined) {
      malformed ??= match;
      return match;
    }
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (fallback !== undefined) return value || fallback;
    if (value === undefined) missing.push(name);
    return value ?? "";
  });
  return { text: expanded, missing, malformed };
}

/** Writes a text so that `expand` gives it back as it is. */
export function escapeExpansion(text: string): string {
  return text.replaceAll("${", "$$${");
}
