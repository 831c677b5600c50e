import { formatConfigError } from "../config/config-error.ts";
import { readConfigText } from "../config/load-config.ts";
import { printTwemproxy, readTwemproxy } from "../config/twemproxy.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** `podmate convert twemproxy FILE` */
export async function convertTwemproxy({ words }: Invocation, terminal: Terminal): Promise<ExitCode> {
  const file = words[0]!;
  const content = readConfigText(file);
  const converted = content.ok ? readTwemproxy(content.text, file) : content;
  if (converted.ok) {
    terminal.out(printTwemproxy(converted, file));
    return exitCode.done;
  }
  for (const error of converted.errors) terminal.err(`${formatConfigError(error)}\n`);
  return exitCode.badConfig;
}
