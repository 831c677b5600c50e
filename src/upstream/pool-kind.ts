import type { OpenConnection } from "../core/open-connection.ts";
import type { ServerUpdate } from "./health/server-report.ts";
import type { PoolOptions, ServerOptions } from "./pool-options.ts";

/** A server as the set of pools sees it, whatever it speaks. */
export interface PoolServer {
  readonly pool: Pick<PoolOptions, "name">;
  readonly options: Pick<ServerOptions, "id">;
  /** Connections of now, those that still stand from earlier included. */
  openConnections(): Iterable<OpenConnection>;
  /** Nothing is under way, and nothing has to be watched over. */
  readonly idle: boolean;
  /** Regular work at `now` (ms): timeouts, connections on their way out. */
  sweep(now: number): void;
  /** No new requests come: closes each connection once its replies are in. */
  retire(): void;
  /** Ends all connections at once. */
  close(): void;
}

/** A pool as the set of pools sees it. */
export interface ServerPool {
  readonly options: PoolOptions;
  update(update: ServerUpdate): void;
  /** Its snapshot comes into force: servers may have been ejected, or have come back, since it was made. */
  refresh(): void;
}

/** How pools of one protocol are made. */
export interface PoolKind<S extends PoolServer, P extends ServerPool> {
  createServer(pool: PoolOptions, server: ServerOptions): S;
  /** `servers` stand in the order of `options.servers`. */
  createPool(options: PoolOptions, servers: readonly S[]): P;
}
