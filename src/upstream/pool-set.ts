import type { ServerUpdate } from "./health/server-report.ts";
import type { PoolKind, PoolServer, ServerPool } from "./pool-kind.ts";
import type { PoolOptions, ServerOptions } from "./pool-options.ts";

/** Timeouts are looked for in an eighth of the shortest, within these bounds; in ms. */
const shortestSweep = 5;
const longestSweep = 100;

/** Pools of a snapshot that is not in force yet. */
export interface PreparedPools<S, P> {
  readonly pools: ReadonlyMap<string, P>;
  readonly servers: ReadonlyMap<string, S>;
}

/**
 * The pools of one protocol in force on this thread, and the servers of earlier ones that still have something in
 * flight.
 */
export class PoolSet<S extends PoolServer, P extends ServerPool> {
  private readonly kind: PoolKind<S, P>;
  private pools: ReadonlyMap<string, P> = new Map();
  private servers: ReadonlyMap<string, S> = new Map();
  private readonly retired = new Set<S>();

  constructor(kind: PoolKind<S, P>) {
    this.kind = kind;
  }

  /** Makes the pools of a snapshot. A server whose settings are the same keeps its connections. */
  prepare(all: readonly PoolOptions[]): PreparedPools<S, P> {
    const servers = new Map<string, S>();
    const pools = new Map<string, P>();
    for (const options of all) {
      const members = options.servers.map((server) => {
        const identity = identityOf(options, server);
        const member = this.servers.get(identity) ?? this.kind.createServer(options, server);
        servers.set(identity, member);
        return member;
      });
      pools.set(options.name, this.kind.createPool(options, members));
    }
    return { pools, servers };
  }

  /** The snapshot comes to nothing: closes what was made for it. */
  abandon({ servers }: PreparedPools<S, P>): void {
    for (const [identity, server] of servers) if (!this.servers.has(identity)) server.close();
  }

  commit({ pools, servers }: PreparedPools<S, P>): void {
    const before = this.servers;
    this.pools = pools;
    this.servers = servers;
    for (const pool of pools.values()) pool.refresh();
    for (const [identity, server] of before) {
      if (servers.has(identity)) continue;
      this.retired.add(server);
      server.retire();
    }
  }

  /** Servers in force, and those that still have something in flight. */
  all(): readonly S[] {
    return [...this.servers.values(), ...this.retired];
  }

  update(update: ServerUpdate): void {
    this.pools.get(update.pool)?.update(update);
  }

  /** How often to sweep while anything is in flight, in ms. */
  get sweepEvery(): number {
    const timeouts = [...this.pools.values()].map(
      ({ options }) => options.timeout || Number.POSITIVE_INFINITY,
    );
    return Math.min(longestSweep, Math.max(shortestSweep, Math.min(...timeouts) / 8));
  }

  /**
   * Regular work of all servers; true if another sweep is needed. `release`: nobody can send requests to servers of
   * earlier snapshots any more.
   */
  sweep(now: number, release: boolean): boolean {
    let busy = false;
    for (const server of this.servers.values()) {
      server.sweep(now);
      if (!server.idle) busy = true;
    }
    for (const server of this.retired) {
      server.sweep(now);
      if (!server.idle) busy = true;
      else if (release) {
        server.close();
        this.retired.delete(server);
      }
    }
    return busy;
  }

  close(): void {
    for (const server of this.all()) server.close();
  }
}

/** What a server's connections depend on. */
function identityOf(pool: PoolOptions, server: ServerOptions): string {
  const { name, timeout, connect_timeout, connections, tcp_keepalive, tls, auth, limits, eject, http } = pool;
  const settings = { timeout, connect_timeout, connections, tcp_keepalive, tls, auth, limits, eject, http };
  return JSON.stringify([name, server.id, server.address, settings]);
}
