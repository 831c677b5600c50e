import { dirname, resolve } from "node:path";
import { reasonOf } from "../core/file-reason.ts";
import { checkAcross } from "./checks.ts";
import type { Config } from "./config.ts";
import { byPosition, type ConfigError } from "./config-error.ts";
import { type ReadFile, readBounded, readFiles } from "./config-files.ts";
import type { Environment } from "./environment.ts";
import { readForm } from "./form-reader.ts";
import { normalize } from "./normalize.ts";
import { type ConfigForm, schema } from "./schema.ts";
import { warnAcross } from "./warnings.ts";

/** A configuration, or everything that is wrong with it. */
export type Loaded =
  | {
      readonly ok: true;
      readonly config: Config;
      /** What is allowed and hardly meant; empty unless it was asked for. */
      readonly warnings: readonly ConfigError[];
    }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

export interface ParseOptions {
  readonly read?: ReadFile;
  readonly folder?: string | undefined;
  /** Warnings are looked for, too, in files that the daemon would look at later. */
  readonly thorough?: boolean | undefined;
}

/** A larger file is refused, in bytes. */
export const largestFile = 2 ** 20;

/** Reads, checks and normalizes the configuration file at `path`. Never throws. */
export function loadConfig(path: string, environment: Environment, read: ReadFile = readBounded): Loaded {
  const content = readConfigText(path, read);
  return content.ok ? parseConfig(content.text, path, environment, { read }) : content;
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
 * Checks and normalizes the text of a configuration file. `file` is its path, for messages; relative paths in it
 * start at its folder, or at `folder`. Files that it names (secrets, certificates) are read. Never throws.
 */
export function parseConfig(
  text: string,
  file: string,
  environment: Environment,
  { read = readBounded, folder = dirname(resolve(file)), thorough = false }: ParseOptions = {},
): Loaded {
  const empty = "the file is empty; it needs listeners (memcache, http) and pools";
  const { form, refuse, errors, errorAt } = readForm<ConfigForm>(text, { file, schema, environment, empty });
  if (form === undefined) return { ok: false, errors: errors() };
  checkAcross(form, refuse);
  const files = readFiles(form, folder, read, refuse);
  const refused = errors();
  if (refused.length > 0) return { ok: false, errors: refused };
  const warnings: ConfigError[] = [];
  if (thorough) {
    warnAcross(form as ConfigForm, folder, read, (path, message) => warnings.push(errorAt(path, message)));
  }
  return { ok: true, config: normalize(form as ConfigForm, files), warnings: warnings.sort(byPosition) };
}
