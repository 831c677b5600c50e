import { hideInText } from "../core/secret-text.ts";

/** Where something stands in a file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with a configuration file. */
export interface ConfigError extends Position {
  readonly file: string;
  /** The setting, as in `pools.sessions.servers[1].weight`; empty where it concerns the file as a whole. */
  readonly path: string;
  /** A sentence without a full stop: what was found and what is allowed. */
  readonly message: string;
}

/** Sorts errors by where they stand. */
export function byPosition(a: Position, b: Position): number {
  return a.line - b.line || a.column - b.column;
}

/** A path into the configuration: names of settings and indexes into lists. */
export type Path = readonly (string | number)[];

/** `podmate.yml:14:9: pools.sessions.servers[1].weight: 0 is not allowed; …` */
export function formatConfigError(error: ConfigError): string {
  const where = `${error.file}:${error.line}:${error.column}: `;
  return where + (error.path === "" ? "" : `${error.path}: `) + error.message;
}

/** Writes a path as operators read it: `a.b[0].c`, with names that are no plain words in quotes. */
export function formatPath(path: Path): string {
  return path.map(formatStep).join("").replace(/^\./, "");
}

function formatStep(step: string | number): string {
  if (typeof step === "number") return `[${step}]`;
  return /^[\w-]+$/.test(step) ? `.${step}` : `[${show(step)}]`;
}

/** A found value in short, fit for one line of an error message, without the secrets that it shows by itself. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (value !== null && typeof value === "object") return "a map";
  if (value === null || value === undefined) return "nothing";
  const text = typeof value === "string" ? JSON.stringify(hideInText(value)) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
