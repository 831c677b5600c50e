import { inService, type ServerStateName } from "../../core/server-states.ts";
import { outcome } from "../../observe/metric-labels.ts";
import { HTTP_SERVER, SERVER } from "../../observe/metric-layout.ts";
import type { PoolOptions, ServerOptions } from "../../upstream/pool-options.ts";
import type { UpstreamState } from "./upstream-supervisor.ts";

/** How a server is, and why. */
export interface ServiceState {
  readonly state: ServerStateName;
  /** The failure that ejected it, or the last one seen; empty where nothing is wrong. */
  readonly reason: string;
  /** Since when it has been in this state, in ms since the Unix epoch; null while that is not known. */
  readonly since_unix_ms: number | null;
  /** When it is probed next, in ms since the Unix epoch; null where no probe is planned, or one is on its way. */
  readonly next_probe_unix_ms: number | null;
  /** How often it has been taken out of service. */
  readonly ejections: number;
  /** Where its name points to; null for a literal address, or while unknown. */
  readonly resolved: string | null;
}

/** What people call the state of a server. A probe on its way does not put an ejected server back into service. */
export function serviceState(server: ServerOptions, known: UpstreamState | undefined): ServiceState {
  return {
    state: server.drain === true ? "draining" : nameOf(known),
    reason: reasonOf(known),
    since_unix_ms: known === undefined ? null : Math.round(known.since),
    next_probe_unix_ms: known?.nextProbeAt == null ? null : Math.round(known.nextProbeAt),
    ejections: known?.counts.ejections ?? 0,
    resolved: known?.resolved ?? null,
  };
}

function nameOf(known: UpstreamState | undefined): ServiceState["state"] {
  if (known === undefined) return "connecting";
  if (known.state !== "ready") return "ejected";
  if (!known.reached) return known.reason === null ? "connecting" : "unreachable";
  return known.failing ? "failing" : "ready";
}

function reasonOf(known: UpstreamState | undefined): string {
  if (known?.reason == null) return "";
  return known.kept ? `${known.reason}; stays in service, for eject.max_percent is used up` : known.reason;
}

/** As the data planes build their rings: who drains holds no keys, who is ejected only where the pool rehashes. */
export function holdsKeys(
  pool: PoolOptions,
  server: ServerOptions,
  known: UpstreamState | undefined,
): boolean {
  const { state } = serviceState(server, known);
  return inService(state) || (state === "ejected" && pool.eject?.on_eject !== "rehash");
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
