import type { Address } from "../core/address.ts";
import type { ServerUpdate } from "../upstream/health/server-report.ts";
import type { PoolKind, PoolServer, ServerPool } from "../upstream/pool-kind.ts";
import type { PoolOptions } from "../upstream/pool-options.ts";
import { PoolSet } from "../upstream/pool-set.ts";
import type { ConnectionQuery } from "../workers/messages.ts";
import type { PlacedConnection } from "./connection-list.ts";
import type { Snapshot } from "./listener-options.ts";
import type { ListenerProtocol, ProtocolTypes } from "./listener-protocol.ts";
import { ListenerSet, type ListenerSetOptions } from "./listener-set.ts";

/** A snapshot's part of one protocol, opened and not in force yet: it is taken, or it comes to nothing. */
export interface PreparedSide {
  commit(): void;
  abandon(): Promise<void>;
}

/** How requests find their pool under a snapshot that is not in force yet. */
export interface Routers<T extends ProtocolTypes> {
  routerOf(options: T["options"]): T["router"];
  /** The snapshot comes into force. */
  commit(): void;
}

/** What a side is made of. */
export interface SideParts<T extends ProtocolTypes, S extends PoolServer, P extends ServerPool> {
  readonly protocol: ListenerProtocol<T>;
  readonly kind: PoolKind<S, P>;
  poolsOf(snapshot: Snapshot): readonly PoolOptions[];
  routers(pools: ReadonlyMap<string, P>): Routers<T>;
}

/** All that speaks one protocol on this thread: its listeners with their clients, its pools with their servers. */
export class Side<
  T extends ProtocolTypes = ProtocolTypes,
  S extends PoolServer = PoolServer,
  P extends ServerPool = ServerPool,
> {
  private readonly parts: SideParts<T, S, P>;
  private readonly listeners: ListenerSet<T>;
  private readonly pools: PoolSet<S, P>;

  constructor(parts: SideParts<T, S, P>, options: ListenerSetOptions) {
    this.parts = parts;
    this.listeners = new ListenerSet(parts.protocol, options);
    this.pools = new PoolSet(parts.kind);
  }

  /** Opens what the snapshot has and the side has not. Rejects, with nothing left open, if a listener cannot be opened. */
  async prepare(snapshot: Snapshot): Promise<PreparedSide> {
    const { listeners, pools } = this;
    const prepared = pools.prepare(this.parts.poolsOf(snapshot));
    try {
      const routers = this.parts.routers(prepared.pools);
      const opened = await listeners.open(snapshot, (options) => routers.routerOf(options));
      return {
        commit() {
          routers.commit();
          listeners.commit(snapshot, opened, (options) => routers.routerOf(options));
          pools.commit(prepared);
        },
        async abandon() {
          await listeners.abandon(opened);
          pools.abandon(prepared);
        },
      };
    } catch (error) {
      pools.abandon(prepared);
      throw error;
    }
  }

  update(update: ServerUpdate): void {
    this.pools.update(update);
  }

  /** Clients connected. */
  get connections(): number {
    return this.listeners.connections;
  }

  /** Clients, the first `limit` of each listener with a number beyond `after`, and all connections to servers. */
  *openConnections({ side, after, limit }: ConnectionQuery): Generator<PlacedConnection> {
    if (side !== "server") yield* this.listeners.openConnections(after, limit);
    if (side === "client") return;
    for (const server of this.pools.all()) {
      const place = { side: "server", pool: server.pool.name, server: server.options.id } as const;
      for (const connection of server.openConnections()) yield { place, connection };
    }
  }

  setPaused(paused: boolean): void {
    this.listeners.setPaused(paused);
  }

  /** Accepts no more, and lets clients leave when they are answered. Resolves when no new ones can come. */
  retire(): Promise<void> {
    return this.listeners.retire();
  }

  /** Ends all clients at once; resolves when the ports are free. */
  closeListeners(): Promise<void> {
    return this.listeners.close();
  }

  closePools(): void {
    this.pools.close();
  }

  addresses(): Record<string, Address> {
    return this.listeners.addresses();
  }

  /** Lets go of earlier listeners that have come to rest; true if there were any. */
  release(): boolean {
    return this.listeners.release();
  }

  get sweepEvery(): number {
    return this.pools.sweepEvery;
  }

  /** Regular work of the servers; true if another sweep is needed. */
  sweep(now: number): boolean {
    // Clients of a listener that is closing may still have requests for servers of its time.
    return this.pools.sweep(now, !this.listeners.isClosing);
  }

  /** All clients. */
  sessions(): Iterable<T["session"]> {
    return this.listeners.sessions();
  }

  /** Cuts off clients that have been silent for too long. */
  checkClients(now: number): void {
    this.listeners.cutOffIdle(now);
  }

  /** Counts the bytes held for clients. */
  measureClients(): void {
    this.listeners.measure();
  }
}
