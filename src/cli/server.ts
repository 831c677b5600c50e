import type { ServerView } from "../admin/pool-view.ts";
import type { ServerChange } from "../admin/routes/pools.ts";
import { AdminClient } from "./admin-client.ts";
import { granted } from "./granted.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

type Run = (invocation: Invocation, terminal: Terminal) => Promise<ExitCode>;

/** `podmate server drain POOL SERVER` */
export const serverDrain = changing(() => ({ state: "drain" }));
/** `podmate server ready POOL SERVER` */
export const serverReady = changing(() => ({ state: "ready" }));
/** `podmate server weight POOL SERVER WEIGHT` */
export const serverWeight = changing((weight) => ({ weight: Number(weight) }));
/** `podmate server reset POOL SERVER` */
export const serverReset = changing(() => ({ state: null, weight: null }));

/** What asks for a change of the server that is named; `change` makes it from the third word. */
function changing(change: (word: string | undefined) => ServerChange): Run {
  return async (invocation, terminal) => {
    const [pool, server, word] = invocation.words as [string, string, string | undefined];
    const path = `/pools/${encodeURIComponent(pool)}/servers/${encodeURIComponent(server)}`;
    const answer = await new AdminClient(invocation, terminal).post(path, change(word));
    terminal.out(`${describe(granted<ServerView>(answer, "server"))}\n`);
    return exitCode.done;
  };
}

/** `cache-b: draining, weight 2 (configured: ready, weight 1)` */
function describe({ server, state, weight, override }: ServerView): string {
  const configured =
    override === undefined
      ? ""
      : ` (configured: ${override.configured_state}, weight ${override.configured_weight})`;
  return `${server}: ${state}, weight ${weight}${configured}`;
}
