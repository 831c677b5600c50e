import type { OverloadView } from "../admin/overload-view.ts";
import type { LifecycleView } from "../admin/routes/lifecycle.ts";
import { AdminClient } from "./admin-client.ts";
import { granted } from "./granted.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** `podmate yield [DURATION]` */
export async function yieldFor(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  const client = new AdminClient(invocation, terminal);
  const [duration] = invocation.words;
  const overload = duration === undefined ? await look(client) : await order(client, duration, invocation);
  terminal.out(`${describe(overload)}\n`);
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

const refused: Readonly<Record<OverloadView["shedding"], string>> = {
  none: "requests of all priorities are served",
  low: "requests of low priority are refused",
  normal: "requests of low and normal priority are refused",
};

function describe({ shedding, reason, yield: asked }: OverloadView): string {
  const why = shedding === "none" ? "" : ` (${reason})`;
  const until = asked && `; podmate was asked for it until ${new Date(asked.until_unix_ms).toISOString()}`;
  return `${refused[shedding]}${why}${until ?? ""}`;
}
