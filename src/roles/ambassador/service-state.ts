import { outcome } from "../../observe/metric-labels.ts";
import { HTTP_SERVER, SERVER } from "../../observe/metric-layout.ts";
import type { PoolOptions, ServerOptions } from "../../upstream/pool-options.ts";
import type { UpstreamState } from "./upstream-supervisor.ts";

/** Whether a server is in service, and why if it is not. */
export interface ServiceState {
  readonly state: "ready" | "ejected" | "draining";
  /** The failure that ejected it, or the last one seen; empty where nothing is wrong. */
  readonly reason: string;
  /** Since when it has been in or out of service, in ms since the Unix epoch; null while that is not known. */
  readonly since_unix_ms: number | null;
  /** How often it has been taken out of service. */
  readonly ejections: number;
  /** Where its name points to; null for a literal address, or while unknown. */
  readonly resolved: string | null;
}

/** What people call the state of a server. A probe on its way does not put an ejected server back into service. */
export function serviceState(server: ServerOptions, known: UpstreamState | undefined): ServiceState {
  const ejected = known !== undefined && known.state !== "ready";
  return {
    state: server.drain === true ? "draining" : ejected ? "ejected" : "ready",
    reason: known?.reason ?? "",
    since_unix_ms: known === undefined ? null : Math.round(known.since),
    ejections: known?.counts.ejections ?? 0,
    resolved: known?.resolved ?? null,
  };
}

/** As the data planes build their rings: who drains holds no keys, who is ejected only where the pool rehashes. */
export function holdsKeys(
  pool: PoolOptions,
  server: ServerOptions,
  known: UpstreamState | undefined,
): boolean {
  const { state } = serviceState(server, known);
  return state === "ready" || (state === "ejected" && pool.eject?.on_eject !== "rehash");
}

/** Writes what is known of a server's health into its metrics: a block of the entity. */
export function countHealth(
  entity: "server" | "httpServer",
  block: Float64Array,
  { state, counts }: UpstreamState,
): void {
  const at = entity === "server" ? SERVER : HTTP_SERVER;
  block[at.ejected] = state === "ready" ? 0 : 1;
  block[at.ejections] = counts.ejections;
  block[at.readmissions] = counts.readmissions;
  block[at.probes + outcome.ok] = counts.probes - counts.probeFailures;
  block[at.probes + outcome.failed] = counts.probeFailures;
}
