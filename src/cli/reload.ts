import { AdminClient, AdminUnreachable } from "./admin-client.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** What the daemon says about a reload, or `errors` in a problem document where it refused. */
interface ReloadAnswer {
  readonly version?: number;
  readonly changes?: readonly string[];
  readonly detail?: string;
  readonly errors?: readonly string[];
}

/** `podmate reload` */
export async function reload(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  try {
    const { status, body } = await new AdminClient(invocation, terminal).post("/config/reload");
    const answer = JSON.parse(body) as ReloadAnswer;
    if (status === 200) {
      const changes = answer.changes ?? [];
      terminal.out(changes.length === 0 ? "nothing has changed\n" : `${changes.join("\n")}\n`);
      terminal.out(`version ${answer.version} is in force\n`);
      return exitCode.done;
    }
    for (const error of answer.errors ?? []) terminal.err(`${error}\n`);
    terminal.err(`podmate: not reloaded: ${answer.detail ?? `the daemon answered ${status}`}\n`);
  } catch (error) {
    if (!(error instanceof AdminUnreachable)) throw error;
    terminal.err(`podmate: ${error.message}\n`);
  }
  return exitCode.failed;
}
