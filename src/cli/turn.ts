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

/** `paused until 12:00:00`, as far as it has an end. */
export function describeState({ state, deadline_unix_ms: deadline }: LifecycleView): string {
  if (deadline === null) return state;
  return `${state} until ${new Date(deadline).toISOString()} at the latest`;
}
