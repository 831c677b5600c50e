import { setTimeout as pause } from "node:timers/promises";
import type { LifecycleView } from "../admin/routes/lifecycle.ts";
import { AdminClient, AdminUnreachable } from "./admin-client.ts";
import { describeState, turn } from "./turn.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** How often a daemon that drains is asked whether it is done, in ms. */
const askEvery = 100;

/** `podmate drain [--wait]` */
export async function drain(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  const client = new AdminClient(invocation, terminal);
  const answer = await turn(client, "drain", invocation.flags);
  if (invocation.flags["wait"] !== true) terminal.out(`${describeState(answer)}\n`);
  else {
    await untilDrained(client);
    terminal.out("drained\n");
  }
  return exitCode.done;
}

/** The deadline of the drain is the daemon's business; one that has been stopped meanwhile has drained, too. */
export async function untilDrained(client: AdminClient): Promise<void> {
  for (;;) {
    const { drained } = await client
      .json<Pick<LifecycleView, "drained">>("/lifecycle")
      .catch((error: unknown) => {
        if (error instanceof AdminUnreachable) return { drained: true };
        throw error;
      });
    if (drained) return;
    await pause(askEvery);
  }
}
