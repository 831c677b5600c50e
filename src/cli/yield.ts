import type { OverloadView } from "../admin/overload-view.ts";
import type { LifecycleView } from "../admin/routes/lifecycle.ts";
import { AdminClient } from "./admin-client.ts";
import { granted } from "./granted.ts";
import { sheddingText } from "./shedding-text.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** `podmate yield [DURATION]` */
export async function yieldFor(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  const client = new AdminClient(invocation, terminal);
  const [duration] = invocation.words;
  const overload = duration === undefined ? await look(client) : await order(client, duration, invocation);
  terminal.out(`${sheddingText(overload)}\n`);
  return exitCode.done;
}

async function look(client: AdminClient): Promise<OverloadView> {
  const { overload } = await client.json<Pick<LifecycleView, "overload">>("/lifecycle");
  return overload;
}

async function order(client: AdminClient, duration: string, { flags }: Invocation): Promise<OverloadView> {
  const { priority = "low", reason = "podmate yield" } = flags;
  const answer = await client.post("/lifecycle/yield", { for: duration, priority, reason });
  return granted<OverloadView>(answer, "shedding");
}
