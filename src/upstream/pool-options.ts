import type { RingOptions, RingServer } from "../ring/ring-options.ts";
import type { DiscoverOptions } from "./discover-options.ts";
import type { HttpHealthOptions, HttpPoolOptions } from "./http/http-pool-options.ts";

/** One server of a pool. Its identity across reloads is its address plus the pool's connection settings. */
export interface ServerOptions extends RingServer {
  /** Label in metrics, logs and the management interface: the name, or else the address as written. */
  readonly id: string;
  /** A draining server gets no new requests; those in flight finish. */
  readonly drain?: boolean;
}

/** TLS towards the servers. Files are PEM and are read again when they change. */
export interface ClientTlsOptions {
  /** Path to CA certificates; the system's if absent. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Server name for SNI and verification; the server's host if absent. */
  readonly server_name?: string;
  /** false accepts any certificate; for tests and closed networks only. */
  readonly verify: boolean;
}

/** memcached's ASCII authentication: a `set` of "user password" as the first command of a connection. */
export interface AuthOptions {
  readonly username: string;
  readonly password: string;
}

/** When a server is taken out of service by what its traffic shows, and how it comes back. Times in ms. */
export interface EjectOptions {
  /** Consecutive failures within `window` that eject a server. */
  readonly failures: number;
  readonly window: number;
  /** First pause before a readmission probe; doubles per failed probe up to `max_backoff`. */
  readonly backoff: number;
  readonly max_backoff: number;
  /**
   * At most this share of a pool, in percent, is ejected at once: rounded down, but one server where that gives none;
   * 0 forbids ejection. At least one server always stays.
   */
  readonly max_percent: number;
  /** `rehash` moves the keys to other servers; `fail_fast` answers errors for them and moves nothing. */
  readonly on_eject: "rehash" | "fail_fast";
}

/** Active probes from the control plane: `version` for memcache, a GET for HTTP. Times in ms. */
export interface HealthOptions {
  readonly interval: number;
  readonly timeout: number;
  /** Of a pool that speaks HTTP; absent: a connection that opens passes. */
  readonly http?: HttpHealthOptions;
}

/** Servers behind one ring and how to talk to them. Times in ms, sizes in bytes. */
export interface PoolOptions {
  readonly name: string;
  readonly ring: RingOptions;
  /** Those of the configuration, or those that were found last. */
  readonly servers: readonly ServerOptions[];
  /** Absent: the servers are those of the configuration. */
  readonly discover?: DiscoverOptions;
  /** Absent: the servers speak memcache. */
  readonly http?: HttpPoolOptions;
  /**
   * Longest wait for the answer to one request, from the moment it is queued; 0 = no limit. In HTTP, until the head of
   * the answer.
   */
  readonly timeout: number;
  readonly connect_timeout: number;
  /**
   * Connections per server and worker. Memcache: a key keeps to one of them, so its requests stay in order. HTTP: at
   * most so many.
   */
  readonly connections: number;
  /** Connect at start instead of at the first request. */
  readonly preconnect: boolean;
  readonly tcp_keepalive: boolean;
  readonly limits: {
    /** Requests queued and in flight per server and worker; one more is answered SERVER_ERROR. */
    readonly requests: number;
    /** Bytes waiting to be written per server and worker. */
    readonly bytes: number;
    /** Memcache: values too large to be read whole that are on their way at once, per server and worker. */
    readonly large_values: number;
  };
  /** null: servers are never ejected. */
  readonly eject: EjectOptions | null;
  /** null: no active probes. */
  readonly health: HealthOptions | null;
  readonly tls: ClientTlsOptions | null;
  readonly auth: AuthOptions | null;
  /** Where one server of a multi-key get fails: its keys are misses (`partial`) or the whole is an error. */
  readonly on_error: "partial" | "error";

  /** Small cache per worker in front of the servers; null: off. */
  readonly near_cache: { readonly size: number; readonly ttl: number; readonly max_value: number } | null;
  /** Identical gets in flight share one request upstream. */
  readonly coalesce: boolean;
  /** Pools tried in this order where the server of a key is down or ejected. */
  readonly failover: readonly string[];
  /** Copies of writes, and of a share (0..1) of reads, sent to another pool and forgotten. */
  readonly mirror: { readonly pool: string; readonly writes: boolean; readonly reads: number } | null;
  /** A miss is looked up there and stored here with `ttl` seconds (0 = no expiry). */
  readonly warm_from: { readonly pool: string; readonly ttl: number } | null;
  /** Track the `top` most requested keys with a space-saving sketch; 0: off. */
  readonly hot_keys: number;
}
