import type { LifecycleVerb, LifecycleView } from "../admin/routes/lifecycle.ts";
import type { AdminClient } from "./admin-client.ts";
import { granted } from "./granted.ts";
import type { Flags } from "./verb.ts";

type TurnAnswer = LifecycleView & { readonly changed: boolean };

/** Asks a daemon to turn its state, with `--reason` and `--deadline` as given. Throws what it has against it. */
export async function turn(client: AdminClient, verb: LifecycleVerb, flags: Flags): Promise<TurnAnswer> {
  const query = new URLSearchParams({ reason: `podmate ${verb}` });
  for (const name of ["reason", "deadline"]) {
    const value = flags[name];
    if (typeof value === "string") query.set(name, value);
  }
  return granted<TurnAnswer>(await client.post(`/lifecycle/${verb}?${query}`), "state");
}

type State = Pick<LifecycleView, "state" | "deadline_unix_ms" | "drained" | "stopping" | "reason">;

/** `paused until 12:00:00 at the latest (reason)`, or what it has come to since. */
export function describeState({
  state,
  deadline_unix_ms: deadline,
  drained,
  stopping,
  reason,
}: State): string {
  if (state === "draining" && drained) {
    return stopping
      ? "drained, and exits"
      : "drained: it serves nobody, and waits for `podmate stop` or SIGTERM";
  }
  const end = deadline === null ? "" : ` until ${new Date(deadline).toISOString()} at the latest`;
  const isUsual = state === "ready" || state === "starting" || reason === "";
  return `${state}${end}${isUsual ? "" : ` (${reason})`}`;
}
