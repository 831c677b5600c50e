/** One line of the access log. */
export interface AccessEntry {
  /** When the request came, ms since the Unix epoch. */
  readonly time: number;
  readonly listener: string;
  readonly route: string | null;
  readonly pool: string | null;
  /** The server that answered or was last tried. */
  readonly server: string | null;
  /** The client's address; empty on a unix socket. */
  readonly client: string;
  readonly method: string;
  readonly host: string;
  /** Without the query, which may hold what nobody should read. */
  readonly path: string;
  readonly user_agent: string | null;
  /** 0: the client left before a head of an answer. */
  readonly status: number;
  /** Why podmate answered itself, or cut the answer off. */
  readonly error: string | null;
  readonly duration_us: number;
  readonly request_bytes: number;
  readonly response_bytes: number;
  readonly attempts: number;
}
