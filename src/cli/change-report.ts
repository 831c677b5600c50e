import type { Answer } from "./admin-client.ts";
import { CannotGoOn } from "./cannot-go-on.ts";
import { exitCode } from "./verb.ts";

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

export interface ChangeAsked {
  readonly dryRun: boolean;
  /** What was sent, for messages: the daemon does not know the file's name. */
  readonly file: string | null;
  /** How to begin a message of failure. */
  readonly what: string;
}

/** What has come of a change of the configuration, in words. Throws CannotGoOn where the daemon refuses it. */
export function changed({ status, body }: Answer, { dryRun, file, what }: ChangeAsked): string {
  const answer = parse(body);
  if (status === 200) return report(answer, dryRun);
  const errors = (answer.errors ?? []).map((error) => `${named(error, file)}\n`).join("");
  const reason = answer.detail ?? `the daemon answered ${status}`;
  throw new CannotGoOn(exitCode.failed, `${errors}podmate: ${what}: ${reason}`);
}

function report({ changes = [], needs_restart = [], notes = [], ...answer }: ChangeAnswer, dryRun: boolean) {
  const lines = [...changes, ...notes.map((note) => `note: ${note}`)];
  if (changes.length === 0) lines.unshift(dryRun ? "nothing would change" : "nothing has changed");
  if (needs_restart.length > 0) lines.push(`takes effect only after a restart: ${needs_restart.join(", ")}`);
  lines.push(`version ${answer.version} is in force${dryRun ? ", as before" : ""}`);
  if (answer.source === "http" && !dryRun) lines.push(`${answer.rule}`);
  return lines.map((line) => `${line}\n`).join("");
}

function named(error: string, file: string | null): string {
  return file === null ? error : error.replace(/^body:/, `${file}:`);
}

function parse(body: string): ChangeAnswer {
  try {
    return JSON.parse(body) as ChangeAnswer;
  } catch {
    return {};
  }
}
