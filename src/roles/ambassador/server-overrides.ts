import { metricKey } from "../../observe/metric-key.ts";
import type { PoolOptions, ServerOptions } from "../../upstream/pool-options.ts";

/** What an operator has a server do instead of what is configured; null: as configured. */
export interface ServerChange {
  readonly state: "ready" | "drain" | null;
  readonly weight: number | null;
}

/** A change that is in force. */
export interface ServerOverride extends ServerChange {
  readonly pool: string;
  readonly server: string;
  /** In ms since the Unix epoch. */
  readonly since: number;
}

/** The same for people. */
export interface OverrideView extends ServerChange {
  readonly since_unix_ms: number;
  readonly configured_state: "ready" | "drain";
  readonly configured_weight: number;
}

type Pools = Readonly<Record<string, PoolOptions>>;

/**
 * What was asked of single servers while the daemon runs. It lies over every configuration that comes into force, so that a
 * reload for another reason does not send traffic to a server that is being repaired, and is forgotten when its server
 * leaves the pool or the process ends. Immutable: a change makes another one, which may come to nothing.
 */
export class ServerOverrides {
  readonly #overrides: ReadonlyMap<string, ServerOverride>;

  constructor(overrides: Iterable<ServerOverride> = []) {
    this.#overrides = new Map([...overrides].map((each) => [metricKey(each.pool, each.server), each]));
  }

  get all(): readonly ServerOverride[] {
    return [...this.#overrides.values()];
  }

  find(pool: string, server: string): ServerOverride | undefined {
    return this.#overrides.get(metricKey(pool, server));
  }

  /** The change of a server for people, and what it lies over: its settings in `base`. */
  view(pool: string, server: string, base: Pools | undefined): OverrideView | undefined {
    const override = this.find(pool, server);
    if (override === undefined) return undefined;
    const configured = base?.[pool]?.servers.find(({ id }) => id === server);
    return {
      state: override.state,
      weight: override.weight,
      since_unix_ms: override.since,
      configured_state: configured?.drain === true ? "drain" : "ready",
      configured_weight: configured?.weight ?? 1,
    };
  }

  /** With this change of one server in place of any before it. */
  with(override: ServerOverride): ServerOverrides {
    const others = this.all.filter(
      ({ pool, server }) => pool !== override.pool || server !== override.server,
    );
    const isEmpty = override.state === null && override.weight === null;
    return new ServerOverrides(isEmpty ? others : [...others, override]);
  }

  /** `pools` as they are under these changes; the same object where there are none. */
  over(pools: Pools): Pools {
    if (this.#overrides.size === 0) return pools;
    const changed = Object.values(pools).map((pool) => {
      const servers = pool.servers.map((server) => changedServer(server, this.find(pool.name, server.id)));
      return [pool.name, { ...pool, servers }] as const;
    });
    return Object.fromEntries(changed);
  }

  /** Without those of servers that are not there any more. */
  keptFor(pools: Pools): ServerOverrides {
    const isThere = ({ pool, server }: ServerOverride): boolean =>
      pools[pool]?.servers.some(({ id }) => id === server) === true;
    return this.all.every(isThere) ? this : new ServerOverrides(this.all.filter(isThere));
  }
}

function changedServer(server: ServerOptions, change: ServerChange | undefined): ServerOptions {
  if (change === undefined) return server;
  return {
    ...server,
    ...(change.weight !== null && { weight: change.weight }),
    ...(change.state !== null && { drain: change.state === "drain" }),
  };
}
