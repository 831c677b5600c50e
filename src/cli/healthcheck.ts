import { AdminClient, AdminUnreachable } from "./admin-client.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** `podmate healthcheck` */
export async function healthcheck(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  try {
    const { status, body } = await new AdminClient(invocation, terminal).get("/health");
    if (status === 200) {
      terminal.out("ready\n");
      return exitCode.done;
    }
    terminal.err(`podmate: not healthy: ${body.trim()}\n`);
  } catch (error) {
    if (!(error instanceof AdminUnreachable)) throw error;
    terminal.err(`podmate: ${error.message}\n`);
  }
  return exitCode.failed;
}
