import type { ComponentHealth } from "../../core/component-health.ts";
import { inService } from "../../core/server-states.ts";
import type { Snapshot } from "../../proxy/listener-options.ts";
import type { DiscoveryState } from "../../upstream/discovery/discovery.ts";
import type { PoolOptions, ServerOptions } from "../../upstream/pool-options.ts";
import type { ServiceState } from "./service-state.ts";

/** What is known of the parts of the ambassador. */
export interface AmbassadorParts {
  /** null before the listeners are open. */
  readonly snapshot: Snapshot | null;
  readonly workers: { readonly up: number; readonly of: number };
  stateOf(pool: string, server: ServerOptions): ServiceState;
  discoveryOf(pool: string): DiscoveryState | undefined;
}

/** How the workers, each pool and each listener are, and why. */
export function ambassadorHealth(parts: AmbassadorParts): ComponentHealth[] {
  const { snapshot, workers } = parts;
  const pools = Object.values(snapshot?.pools ?? {}).map((pool) => poolHealth(pool, parts));
  const down = new Set(pools.filter(({ status }) => status === "down").map(({ name }) => name));
  const listeners = [...(snapshot?.memcache ?? []), ...(snapshot?.http ?? [])];
  return [
    workersHealth(workers),
    ...listeners.map(({ name, ...settings }) => listenerHealth(name, poolsOf(settings), down, workers.up)),
    ...pools,
  ];
}

type Status = Pick<ComponentHealth, "status" | "reasons">;

const up: Status = { status: "up", reasons: [] };

function component(kind: string, name: string, { status, reasons }: Status): ComponentHealth {
  return { role: "ambassador", kind, name, status, reasons };
}

function workersHealth({ up: alive, of }: AmbassadorParts["workers"]): ComponentHealth {
  if (alive === of) return component("workers", "", up);
  const reasons = [alive === 0 ? "no worker is alive" : `${of - alive} of ${of} workers are not alive`];
  return component("workers", "", { status: alive === 0 ? "down" : "degraded", reasons });
}

/** A listener that cannot serve one of its pools still serves the others, and answers errors for that one. */
function listenerHealth(
  name: string,
  pools: readonly string[],
  down: ReadonlySet<string>,
  workers: number,
): ComponentHealth {
  if (workers === 0) return component("listener", name, { status: "down", reasons: ["no worker is alive"] });
  const reasons = pools.filter((pool) => down.has(pool)).map((pool) => `pool ${pool} is down`);
  return component("listener", name, reasons.length === 0 ? up : { status: "degraded", reasons });
}

/** What is said of a server that is not as it should be. */
const trouble: Readonly<Partial<Record<ServiceState["state"], string>>> = {
  connecting: "has not answered yet",
  unreachable: "cannot be reached",
  failing: "fails",
  ejected: "is ejected",
};

/**
 * A pool is up while all its servers are, and down where none of them answers: one that is not known to answer, or stays in
 * service only because not all may be ejected, makes no pool that serves. Servers that are told to drain are out of service
 * as they should be, and no reason to worry.
 */
function poolHealth(pool: PoolOptions, parts: AmbassadorParts): ComponentHealth {
  const states = pool.servers.map((server) => ({ id: server.id, ...parts.stateOf(pool.name, server) }));
  const error = parts.discoveryOf(pool.name)?.error ?? null;
  const reasons = [
    ...states.flatMap(({ id, state, reason }) => {
      const what = trouble[state];
      if (what === undefined) return [];
      return `server ${id} ${what}${reason === "" ? "" : `: ${reason}`}`;
    }),
    ...(error === null ? [] : [`discovery fails: ${error}`]),
  ];
  const some = (wanted: ServiceState["state"]): boolean => states.some(({ state }) => state === wanted);
  if (some("ready"))
    return component("pool", pool.name, reasons.length === 0 ? up : { status: "degraded", reasons });
  if (some("connecting")) return component("pool", pool.name, { status: "degraded", reasons });
  const answers = states.some(({ state }) => inService(state))
    ? "no server answers"
    : "no server is in service";
  const why = states.length === 0 ? "it has no server" : answers;
  return component("pool", pool.name, { status: "down", reasons: [why, ...reasons] });
}

function poolsOf(settings: {
  readonly pool?: string;
  readonly routes: readonly { readonly pool: string }[];
}): string[] {
  const own = settings.pool === undefined ? [] : [settings.pool];
  return [...new Set([...own, ...settings.routes.map(({ pool }) => pool)])];
}
