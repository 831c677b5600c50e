import { formatConfigError } from "../config/config-error.ts";
import { loadConfig } from "../config/load-config.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** `podmate check -c FILE` */
export async function check({ flags }: Invocation, terminal: Terminal): Promise<ExitCode> {
  const file = String(flags["config"]);
  const loaded = loadConfig(file, terminal.env);
  if (loaded.ok) {
    const { memcache, http = [], pools } = loaded.config.snapshot;
    terminal.out(
      `${file} is good: ${count(memcache.length + http.length, "listener")}, ${count(Object.keys(pools).length, "pool")}\n`,
    );
    return exitCode.done;
  }
  for (const error of loaded.errors) terminal.err(`${formatConfigError(error)}\n`);
  terminal.err(`podmate: ${count(loaded.errors.length, "error")} in ${file}\n`);
  return exitCode.badConfig;
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}
