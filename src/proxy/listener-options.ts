import type { Address } from "../core/address.ts";
import type { AuthOptions, PoolOptions } from "../upstream/pool-options.ts";
import type { HttpListenerOptions } from "./http/http-listener-options.ts";
import type { Priority } from "./priority.ts";

/** TLS towards the app. Files are PEM and are read again when they change. */
export interface ServerTlsOptions {
  readonly cert: string;
  readonly key: string;
  /** CA of client certificates; if given, clients must present one. */
  readonly client_ca?: string;
}

/** Keys that begin with `prefix` go to `pool`; the longest prefix wins. */
export interface PrefixRoute {
  readonly prefix: string;
  readonly pool: string;
}

/** A memcache listener: where the app connects. Times in ms, sizes in bytes. */
export interface MemcacheListenerOptions {
  readonly name: string;
  readonly listen: Address;
  /** Permission bits of a unix socket, e.g. 0o660. */
  readonly socket_mode?: number;
  readonly backlog: number;
  /** Pool for keys that no route takes. */
  readonly pool: string;
  readonly routes: readonly PrefixRoute[];
  readonly tls: ServerTlsOptions | null;
  /** Accepted username/password pairs; null: no authentication. */
  readonly auth: readonly AuthOptions[] | null;
  /** Whether clients may send flush_all. */
  readonly flush_all: boolean;
  /** Close a client that has sent nothing for this long; 0 = never. */
  readonly idle_timeout: number;
  readonly priority: Priority;
  readonly limits: {
    /** Clients connected at once, per worker. */
    readonly connections: number;
    /** Requests in flight per client; more are not read until some are answered. */
    readonly requests: number;
    /** Bytes held for one client (answers waiting, a value half received). */
    readonly bytes: number;
    /** Longest value accepted from a client. */
    readonly value: number;
  };
}

/** How many clients a worker takes where nothing is configured. */
export const usualConnections = 50_000;

/** What the data plane runs on: an immutable, versioned whole. A worker swaps it between two requests. */
export interface Snapshot {
  readonly version: number;
  readonly limits: {
    /** Clients connected at once over all listeners, per worker. */
    readonly connections: number;
    /** The same as far as open files allow, where that is less. */
    readonly open_files?: number;
    /** Requests in flight over all clients, per worker. */
    readonly requests: number;
    /** Bytes held for clients and servers in all, per worker. */
    readonly bytes: number;
  };
  readonly memcache: readonly MemcacheListenerOptions[];
  readonly http?: readonly HttpListenerOptions[];
  readonly pools: Readonly<Record<string, PoolOptions>>;
}
