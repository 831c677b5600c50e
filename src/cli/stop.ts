import { AdminClient } from "./admin-client.ts";
import { untilDrained } from "./drain.ts";
import { describeState, turn } from "./turn.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** `podmate stop [--wait]` */
export async function stop(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  const client = new AdminClient(invocation, terminal);
  const answer = await turn(client, "stop", invocation.flags);
  if (invocation.flags["wait"] !== true) terminal.out(`${describeState(answer)}\n`);
  else {
    await untilDrained(client);
    terminal.out("drained, and exits\n");
  }
  return exitCode.done;
}
