import { AdminClient } from "./admin-client.ts";
import { changed } from "./change-report.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** `podmate rollback [VERSION]` */
export async function rollback(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  const dryRun = invocation.flags["dry-run"] === true;
  const [version] = invocation.words;
  const query = [dryRun ? "dry-run" : "", version === undefined ? "" : `version=${version}`].filter(Boolean);
  const client = new AdminClient(invocation, terminal);
  const answer = await client.post(`/config/rollback${query.length === 0 ? "" : `?${query.join("&")}`}`);
  terminal.out(changed(answer, { dryRun, file: null, what: "not rolled back" }));
  return exitCode.done;
}
