import { AdminClient } from "./admin-client.ts";
import { describeState, turn } from "./turn.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** `podmate pause` */
export async function pause(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  const answer = await turn(new AdminClient(invocation, terminal), "pause", invocation.flags);
  terminal.out(`${describeState(answer)}\n`);
  return exitCode.done;
}
