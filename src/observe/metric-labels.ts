/**
 * The closed sets of values that a metric can be split by. Each is an object from value to index, in the order
 * of the slots: hot code writes `block[POOL.requests + command.get] += 1`. New values go to the end of their set.
 */

/** Commands of the memcache text and meta protocols, and `unknown` for what is none of them. */
export const command = {
  get: 0,
  gets: 1,
  gat: 2,
  gats: 3,
  set: 4,
  add: 5,
  replace: 6,
  append: 7,
  prepend: 8,
  cas: 9,
  incr: 10,
  decr: 11,
  touch: 12,
  delete: 13,
  mg: 14,
  ms: 15,
  md: 16,
  ma: 17,
  me: 18,
  mn: 19,
  flush_all: 20,
  version: 21,
  stats: 22,
  verbosity: 23,
  quit: 24,
  auth: 25,
  unknown: 26,
  slabs: 27,
} as const;
export type CommandName = keyof typeof command;
/** Names by number: `commands[command.get] === "get"`. */
export const commands = Object.keys(command) as readonly CommandName[];

/** Why a listener turned a new connection away. `open_files`: none is left for it. */
export const rejectReason = { limit: 0, draining: 1, tls: 2, paused: 3, open_files: 4 } as const;
export type RejectReason = keyof typeof rejectReason;

/** What a client did wrong, or what became of it. */
export const clientError = {
  bad_command: 0,
  line_too_long: 1,
  key_too_long: 2,
  value_too_large: 3,
  bad_data_chunk: 4,
  unauthenticated: 5,
  client_too_slow: 6,
  client_gone: 7,
  binary_protocol: 8,
  forbidden: 9,
  idle: 10,
} as const;
export type ClientError = keyof typeof clientError;

/** Why a request got no good answer from upstream. */
export const upstreamError = {
  timeout: 0,
  connect: 1,
  connection_lost: 2,
  protocol: 3,
  server_error: 4,
  busy: 5,
  ejected: 6,
  no_server: 7,
  /** Refused before a server was looked for: podmate's own bounds are reached. */
  overloaded: 8,
  /** Refused as well, and only because a manager has asked podmate to yield. */
  yielded: 9,
  /** Podmate has run out of open files, local ports or memory for a connection. */
  exhausted: 10,
} as const;
export type UpstreamError = keyof typeof upstreamError;

/** Why a request is refused by its priority. */
export type Shed = Extract<UpstreamError, "overloaded" | "yielded">;

/** How a request ends that no server has seen. */
const unsentKinds: ReadonlySet<string> = new Set<UpstreamError>([
  "connect",
  "busy",
  "ejected",
  "no_server",
  "overloaded",
  "yielded",
  "exhausted",
]);

/** Whether no server has seen a request that ended so: how long that took is not how long answers take. */
export function isUnsent(kind: string): boolean {
  return unsentKinds.has(kind);
}

export function isShed(kind: UpstreamError): kind is Shed {
  return kind === "overloaded" || kind === "yielded";
}

/** What a probe of a server, or a reload of the configuration, came to. */
export const outcome = { ok: 0, failed: 1 } as const;
export type Outcome = keyof typeof outcome;

/** States of the daemon. */
export const lifecycleState = { starting: 0, ready: 1, paused: 2, draining: 3, stopped: 4 } as const;

/** Up to which priority requests are refused for overload. */
export const sheddingLevel = { none: 0, low: 1, normal: 2 } as const;
export type SheddingLevel = keyof typeof sheddingLevel;

/** What overload is seen by. */
export const overloadSignal = {
  event_loop_delay: 0,
  cpu_pressure: 1,
  memory_pressure: 2,
  memory: 3,
} as const;

/** What came of a request to scale. */
export const replicateResult = {
  scaled: 0,
  unchanged: 1,
  dry_run: 2,
  refused: 3,
  cool_down: 4,
  failed: 5,
} as const;

/** How the app beside podmate is. */
export const appState = { up: 0, degraded: 1, down: 2 } as const;

/** How reading the app's metrics ended. */
export const appScrape = { ok: 0, failed: 1, timeout: 2, too_large: 3, malformed: 4 } as const;

/** How a hook was told something. */
export const hookResult = { ok: 0, failed: 1, timeout: 2, cancelled: 3 } as const;
