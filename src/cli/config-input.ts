import { resolve } from "node:path";
import type { ConfigInput } from "../config/read-config.ts";
import type { Terminal } from "./verb.ts";

/** What stands for standard input where a file is asked for. */
const standardInput = "-";

/** A file of the command line, which `-` reads from standard input: then relative paths in it start at this folder. */
export async function configInput(
  file: string,
  terminal: Pick<Terminal, "input">,
): Promise<Omit<ConfigInput, "format">> {
  if (file !== standardInput) return { origin: file };
  return { origin: "standard input", text: await terminal.input(), folder: resolve() };
}
