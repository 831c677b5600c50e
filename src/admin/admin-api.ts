/** A server as `/pools/P/servers/S` shows it. Times in the unit that the name ends in. */
export interface ServerView {
  readonly server: string;
  readonly address: string;
  readonly weight: number;
  readonly state: string;
  /** Why it is in this state; empty where that is the normal one. */
  readonly reason: string;
  /** Unix time in ms; null where it is not known. */
  readonly since_unix_ms: number | null;
  /** Where the server's name points to; null for a literal address. */
  readonly resolved: string | null;
  readonly requests: number;
  readonly requests_in_flight: number;
  /** HTTP: requests that wait for a connection. */
  readonly requests_pending?: number;
  /** HTTP: answers by class of the status. */
  readonly responses?: Readonly<Record<string, number>>;
  readonly errors: Readonly<Record<string, number>>;
  /** HTTP: up to the head of the answer. null where nothing was measured yet. */
  readonly response_p50_us: number | null;
  readonly response_p99_us: number | null;
  readonly connections: number;
  /** HTTP: those of them that carry no request. */
  readonly connections_idle?: number;
  readonly read_bytes: number;
  readonly written_bytes: number;
}

/** How the servers of a pool are found. */
export interface DiscoveryView {
  /** `dns`, `srv`, `file` or `kubernetes`. */
  readonly source: string;
  /** What is asked for: a name, a path, a Service. */
  readonly target: string;
  /** When servers were last heard of, changed or not; null: never yet. */
  readonly last_success_unix_ms: number | null;
  /** Why the last attempt failed; null if it did not. */
  readonly error: string | null;
  /** Attempts that failed. */
  readonly failures: number;
  /** Servers found last; null while there was no answer. */
  readonly servers: number | null;
}

/** A pool as `/pools/P` shows it. */
export interface PoolView {
  readonly pool: string;
  readonly protocol: "memcache" | "http";
  readonly distribution: string;
  readonly hash: string;
  readonly requests: number;
  readonly requests_in_flight: number;
  readonly errors: Readonly<Record<string, number>>;
  /** Memcache: keys that were asked for and found, or not. */
  readonly hits?: number;
  readonly misses?: number;
  /** HTTP: what the requests came to, by class of the status. */
  readonly responses?: Readonly<Record<string, number>>;
  /** HTTP: further attempts made, and not made for want of budget. */
  readonly retries?: number;
  readonly retries_refused?: number;
  /** HTTP: requests that went to another server because theirs had its share. */
  readonly overflows?: number;
  readonly request_p50_us: number | null;
  readonly request_p99_us: number | null;
  /** Only where servers are found and not listed. */
  readonly discovery?: DiscoveryView;
  readonly servers: readonly ServerView[];
}

/** The most requested keys of a pool as `/hotkeys` shows them. */
export interface HotKeysView {
  readonly pool: string;
  /** Requests that were counted. */
  readonly requests: number;
  /** No key that is not listed was asked for more often than this. */
  readonly untracked: number;
  /**
   * Most requested first: asked for at most `count` times, and at least `count - error`. A key is printable ASCII, with
   * other bytes as `\xNN`.
   */
  readonly keys: readonly { readonly key: string; readonly count: number; readonly error: number }[];
}

/** How a POST that changes the configuration ended. */
export interface ChangeView {
  readonly ok: boolean;
  readonly version: number;
  readonly changes: readonly string[];
  readonly errors: readonly string[];
}

/** Reasons against; none means yes. */
export type Reasons = readonly string[];

/** What the management interface is handed: it asks these functions and knows nothing of who answers. */
export interface AdminApi {
  /** Whether the process is worth keeping: a container is restarted if it is not. */
  live(): Reasons;
  /** Whether the app may send requests. */
  ready(): Reasons;
  /** Whether the start is over. */
  started(): Reasons;
  /** Prometheus text, with its content type. */
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
  config(): Promise<unknown>;
  configSchema(): Promise<unknown>;
  reload(): Promise<ChangeView>;
  pools(): readonly PoolView[];
  /** Pools that have their most requested keys counted. */
  hotKeys(): Promise<readonly HotKeysView[]>;
  /** Who owns a key and why; undefined if there is no such pool. */
  ring(pool: string, key: string): Promise<unknown>;
  lifecycle(): unknown;
  version(): unknown;
  log(fields: Record<string, unknown>, message: string): void;
}
