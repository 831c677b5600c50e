/** Which requests are tried again, and how often. A request of which the client has seen a byte of answer never is. */
export interface RetryOptions {
  /** Further attempts per request; 0: none. */
  readonly attempts: number;
  /**
   * Besides connections that could not be opened and reused ones that turned out closed: what counts as reason.
   * `reset`: the connection ended without an answer; `timeout`: no head of an answer in time; numbers are statuses.
   */
  readonly on: readonly ("reset" | "timeout" | 502 | 503 | 504)[];
  /** Retries in flight at once as a share of the pool's requests in flight, in percent… */
  readonly budget: number;
  /** …but that many are always allowed. */
  readonly least: number;
  /** Bytes of a request that are kept for another attempt; a longer one gets none once it has been sent. */
  readonly buffer: number;
}

/** How HTTP is spoken with the servers of a pool. Times in ms. Beside it stand the settings that memcache pools have too. */
export interface HttpPoolOptions {
  /** `2`: HTTP/2 by ALPN with TLS, by prior knowledge without. */
  readonly version: 1 | 2;
  /** Requests of a worker that wait for a connection to one server; one more is answered 503. */
  readonly pending: number;
  /** Requests sent over one connection before it is closed; 0 = no limit. */
  readonly requests_per_connection: number;
  /** An idle connection is closed after this time; keep it below the servers' own. */
  readonly idle_timeout: number;
  /** Longest time until an answer is complete; 0 = no limit. */
  readonly request_timeout: number;
  /** Longest pause within a body that the server sends or takes. */
  readonly body_timeout: number;
  readonly retry: RetryOptions;
  /** Statuses that count as failures of the server for its ejection, beside what the connection tells. */
  readonly fail_on: readonly number[];
  /** Below this share of servers in service, in percent, all are used as if in service; 0 = never. */
  readonly panic: number;
  /** A server takes at most this much of the mean load (1.25: a quarter more); 0 = no bound. */
  readonly balance_factor: number;
  /** A server that is new or back gets its share within this time; 0 = at once. */
  readonly slow_start: number;
  /** The Host header that the servers see: the client's, or the server's own address. */
  readonly host: "client" | "server";
  readonly head_limit: number;
}

/** Active probes by HTTP, beside interval and timeout. */
export interface HttpHealthOptions {
  /** What is asked for by GET. */
  readonly path: string;
  /** Value of the Host header; the server's address if absent. */
  readonly host?: string;
  /** Inclusive bounds of the statuses that pass. */
  readonly statuses: readonly [low: number, high: number];
}
