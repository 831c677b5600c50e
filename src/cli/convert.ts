import { formatConfigError } from "../config/config-error.ts";
import { readConfigText } from "../config/load-config.ts";
import { printTwemproxy, readTwemproxy } from "../config/twemproxy.ts";
import { configInput } from "./config-input.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** `podmate convert twemproxy FILE` */
export async function convertTwemproxy({ words, flags }: Invocation, terminal: Terminal): Promise<ExitCode> {
  const { origin, text } = await configInput(words[0]!, terminal);
  const content = text === undefined ? readConfigText(origin) : { ok: true as const, text };
  const skipRedis = flags["skip-redis"] === true;
  const converted = content.ok ? readTwemproxy(content.text, origin, { skipRedis }) : content;
  if (converted.ok) {
    for (const warning of converted.warnings) terminal.err(`${formatConfigError(warning)}\n`);
    terminal.out(printTwemproxy(converted, origin));
    return exitCode.done;
  }
  for (const error of converted.errors) terminal.err(`${formatConfigError(error)}\n`);
  return exitCode.badConfig;
}
