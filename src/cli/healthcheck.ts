import { AdminClient } from "./admin-client.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** `podmate healthcheck` */
export async function healthcheck(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  const client = new AdminClient(invocation, terminal);
  const { healthy, reasons } = await client.json<{ healthy: boolean; reasons: string[] }>("/health");
  if (healthy) {
    terminal.out("healthy\n");
    return exitCode.done;
  }
  terminal.err(`podmate: not healthy: ${reasons.join("; ")}\n`);
  return exitCode.failed;
}
