import { inService } from "../../core/server-states.ts";
import { isPanic } from "../../upstream/http/panic.ts";
import type { PoolOptions } from "../../upstream/pool-options.ts";
import type { ServiceState } from "./service-state.ts";

/**
 * Which servers of a pool hold keys, as the data planes build their rings: who drains holds none, who is ejected only where
 * the pool does not rehash, or so many are out that all are used. `states` stand in the order of the pool's servers.
 */
export function keyHolders(
  { eject, http }: Pick<PoolOptions, "eject" | "http">,
  states: readonly ServiceState["state"][],
): boolean[] {
  const members = states.filter((state) => state !== "draining").length;
  const serving = states.filter(inService).length;
  const rehashes = eject?.on_eject === "rehash" && !isPanic(serving, members, http?.panic ?? 0);
  return states.map((state) => inService(state) || (state === "ejected" && !rehashes));
}
