import type { ReplicateRunView, ReplicateView } from "../admin/routes/replicate.ts";
import { AdminClient } from "./admin-client.ts";
import { CannotGoOn } from "./cannot-go-on.ts";
import { granted } from "./granted.ts";
import { type ExitCode, exitCode, type Flags, type Invocation, type Terminal } from "./verb.ts";

/** `podmate replicate [N | +N]` */
export async function replicate(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  const { flags, words } = invocation;
  const [asked] = words;
  const client = new AdminClient(invocation, terminal);
  if (asked === undefined) await show(client, flags, terminal);
  else await ask(client, asked, flags, terminal);
  return exitCode.done;
}

async function show(client: AdminClient, flags: Flags, terminal: Terminal): Promise<void> {
  const view = await client.json<ReplicateView>("/replicate");
  terminal.out(flags["json"] === true ? asJson(view) : describeView(view));
}

async function ask(client: AdminClient, asked: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { "dry-run": dryRun, reason = "podmate replicate", json } = flags;
  const order = { replicas: replicasIn(asked), reason };
  const answer = await client.post(`/replicate${dryRun === true ? "?dry-run" : ""}`, order);
  const run = granted<ReplicateRunView>(answer, "result");
  terminal.out(json === true ? asJson(run) : describeRun(run));
}

/** As the interface takes it: so many, or a text that says how many more. */
function replicasIn(asked: string): number | string {
  if (/^\d+$/.test(asked)) return Number(asked);
  if (/^\+\d+$/.test(asked)) return asked;
  throw new CannotGoOn(exitCode.usage, `podmate: "${asked}" is no number of replicas, such as 3 or +1`);
}

function asJson(answer: object): string {
  return `${JSON.stringify(answer, null, 2)}\n`;
}

function describeRun({ result, replicas_before: before, replicas_wanted: wanted }: ReplicateRunView): string {
  if (result === "unchanged") return `there should be ${wanted} replicas already\n`;
  const from = before === null ? "" : ` from ${before}`;
  return `${result === "dry_run" ? "would scale" : "scaled"}${from} to ${wanted} replicas\n`;
}

function describeView(view: ReplicateView): string {
  const { configured, by, target, error, wait_ms } = view;
  if (!configured) return "nothing can scale here: the configuration has no section `replicate`\n";
  const whom = target === null ? `by ${by}` : `${target.kind} ${target.namespace}/${target.name}`;
  const { replicas_current: current, replicas_wanted: wanted } = view;
  const lines = [
    `${whom}: ${current ?? "?"} replicas there, ${wanted ?? "?"} wanted`,
    `${view.replicas_min} to ${view.replicas_max} may be asked for`,
    ...(wait_ms > 0 ? [`the next change is taken in ${Math.ceil(wait_ms / 1000)} s`] : []),
    ...(error === null ? [] : [`not known: ${error}`]),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
