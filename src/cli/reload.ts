import { readFileSync } from "node:fs";
import { reasonOf } from "../config/file-reason.ts";
import { AdminClient, type Answer } from "./admin-client.ts";
import { CannotGoOn } from "./cannot-go-on.ts";
import { type ExitCode, exitCode, type Flags, type Invocation, type Terminal } from "./verb.ts";

/** What the daemon says about a change; a refusal is a problem document with `detail` and `errors`. */
interface ChangeAnswer {
  readonly version?: number;
  readonly changes?: readonly string[];
  readonly needs_restart?: readonly string[];
  readonly notes?: readonly string[];
  readonly rule?: string;
  readonly source?: string;
  readonly detail?: string;
  readonly errors?: readonly string[];
}

/** `podmate reload` */
export async function reload(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  const { flags } = invocation;
  const file = typeof flags["config"] === "string" ? flags["config"] : null;
  if (file !== null && flags["force"] === true) {
    throw new CannotGoOn(exitCode.usage, "podmate: --force is for the daemon's own file, not for --config");
  }
  const dryRun = flags["dry-run"] === true;
  const { status, body } = await change(new AdminClient(invocation, terminal), file, flags, dryRun);
  const answer = parse(body);
  if (status !== 200) {
    const errors = (answer.errors ?? []).map((error) => `${named(error, file)}\n`).join("");
    const reason = answer.detail ?? `the daemon answered ${status}`;
    throw new CannotGoOn(exitCode.failed, `${errors}podmate: not reloaded: ${reason}`);
  }
  terminal.out(report(answer, dryRun));
  return exitCode.done;
}

/** Asks the daemon to read its file again, or to take the one that is given. */
function change(client: AdminClient, file: string | null, flags: Flags, dryRun: boolean): Promise<Answer> {
  const switches = [dryRun ? "dry-run" : "", flags["force"] === true ? "force" : ""].filter(Boolean);
  const query = switches.length === 0 ? "" : `?${switches.join("&")}`;
  if (file === null) return client.post(`/config/reload${query}`);
  const headers = { "content-type": "application/yaml", "if-match": "*" };
  return client.put(`/config${query}`, readText(file), headers);
}

function report({ changes = [], needs_restart = [], notes = [], ...answer }: ChangeAnswer, dryRun: boolean) {
  const lines = [...changes, ...notes.map((note) => `note: ${note}`)];
  if (changes.length === 0) lines.unshift(dryRun ? "nothing would change" : "nothing has changed");
  if (needs_restart.length > 0) lines.push(`only a restart brings into force: ${needs_restart.join(", ")}`);
  lines.push(`version ${answer.version} is in force${dryRun ? ", as before" : ""}`);
  if (answer.source === "http" && !dryRun) lines.push(`${answer.rule}`);
  return lines.map((line) => `${line}\n`).join("");
}

/** The daemon does not know the file's name. */
function named(error: string, file: string | null): string {
  return file === null ? error : error.replace(/^body:/, `${file}:`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CannotGoOn(exitCode.failed, `podmate: cannot read ${file}: ${reasonOf(error)}`);
  }
}

function parse(body: string): ChangeAnswer {
  try {
    return JSON.parse(body) as ChangeAnswer;
  } catch {
    return {};
  }
}
