import type { LifecycleVerb, LifecycleView } from "../admin/routes/lifecycle.ts";
import type { AdminClient } from "./admin-client.ts";
import { CannotGoOn } from "./cannot-go-on.ts";
import { exitCode, type Flags } from "./verb.ts";

/** What the daemon answers; a refusal is a problem document with `detail`. */
type TurnAnswer = LifecycleView & { readonly changed: boolean };

/** Asks a daemon to turn its state, with `--reason` and `--deadline` as given. Throws what it has against it. */
export async function turn(client: AdminClient, verb: LifecycleVerb, flags: Flags): Promise<TurnAnswer> {
  const query = new URLSearchParams({ reason: `podmate ${verb}` });
  for (const name of ["reason", "deadline"]) {
    const value = flags[name];
    if (typeof value === "string") query.set(name, value);
  }
  const { status, body } = await client.post(`/lifecycle/${verb}?${query}`);
  const answer = parse(body);
  if (status === 200 && "state" in answer) return answer as TurnAnswer;
  const { detail } = answer as { readonly detail?: string };
  throw new CannotGoOn(exitCode.failed, `podmate: ${detail ?? `the daemon answered ${status}`}`);
}

/** `paused until 12:00:00`, as far as it has an end. */
export function describeState({ state, deadline_unix_ms: deadline }: LifecycleView): string {
  if (deadline === null) return state;
  return `${state} until ${new Date(deadline).toISOString()} at the latest`;
}

function parse(body: string): object {
  try {
    return JSON.parse(body) as object;
  } catch {
    return {};
  }
}
