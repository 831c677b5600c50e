import { type ConfigError, formatConfigError } from "../config/config-error.ts";
import { readConfigText } from "../config/load-config.ts";
import { AdminClient, type Answer } from "./admin-client.ts";
import { CannotGoOn } from "./cannot-go-on.ts";
import { changed } from "./change-report.ts";
import { configInput } from "./config-input.ts";
import { type ExitCode, exitCode, type Flags, type Invocation, type Terminal } from "./verb.ts";

/** `podmate reload` */
export async function reload(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  const { flags } = invocation;
  const file = typeof flags["config"] === "string" ? flags["config"] : null;
  if (file !== null && flags["force"] === true) {
    throw new CannotGoOn(exitCode.usage, "podmate: --force is for the daemon's own file, not for --config");
  }
  const dryRun = flags["dry-run"] === true;
  const text = file === null ? null : await textOf(file, flags, terminal);
  const answer = await change(new AdminClient(invocation, terminal), text, flags, dryRun);
  terminal.out(changed(answer, { dryRun, file, what: "not reloaded" }));
  return exitCode.done;
}

/** The file as podmate's: one of twemproxy's form is converted here, for the daemon takes its own form only. */
async function textOf(file: string, flags: Flags, terminal: Terminal): Promise<string> {
  const input = await configInput(file, terminal);
  const content =
    input.text === undefined ? readConfigText(input.origin) : { ok: true as const, text: input.text };
  if (!content.ok) throw refused(content.errors, exitCode.failed);
  const { looksLikeTwemproxy } = await import("../config/file-format.ts");
  if (!looksLikeTwemproxy(content.text)) return content.text;
  const { printTwemproxy, readTwemproxy } = await import("../config/twemproxy.ts");
  const converted = readTwemproxy(content.text, input.origin, { skipRedis: flags["skip-redis"] === true });
  if (!converted.ok) throw refused(converted.errors, exitCode.failed);
  for (const warning of converted.warnings) terminal.err(`${formatConfigError(warning)}\n`);
  return printTwemproxy(converted, input.origin);
}

function refused(errors: readonly ConfigError[], code: ExitCode): CannotGoOn {
  return new CannotGoOn(code, `${errors.map(formatConfigError).join("\n")}\npodmate: not reloaded`);
}

/** Asks the daemon to read its file again, or to take the one that is given. */
function change(client: AdminClient, text: string | null, flags: Flags, dryRun: boolean): Promise<Answer> {
  const switches = [dryRun ? "dry-run" : "", flags["force"] === true ? "force" : ""].filter(Boolean);
  const query = switches.length === 0 ? "" : `?${switches.join("&")}`;
  if (text === null) return client.post(`/config/reload${query}`);
  const headers = { "content-type": "application/yaml", "if-match": "*" };
  return client.put(`/config${query}`, text, headers);
}
