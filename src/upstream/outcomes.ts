import type { HttpClientError, HttpUpstreamError } from "../observe/http-metric-labels.ts";
import type { ClientError, UpstreamError } from "../observe/metric-labels.ts";

/** Whose fault it is that a request ended as it did. `unknown`: two sides may be, and nothing tells which. */
export type Fault = "nobody" | "client" | "server" | "podmate" | "unknown";

/**
 * Whether a request of HTTP is sent again. What has reached the client, even in part, never is.
 *
 * - `elsewhere`: nothing of it was sent, or the server says that it did nothing (RFC 9113 8.7): any method goes to the next
 *   server, outside of the retry budget, at most as often as there are servers.
 * - `again`: a kept connection ended without a byte of an answer, most likely because the server closed it while idle. Once
 *   more over a new connection, outside of the budget: any method if nothing was sent, else idempotent ones (RFC 9110 9.2.2).
 * - `reset`, `timeout`: idempotent methods, if `http.retry.on` has that reason, up to `http.retry.attempts`.
 */
export type Retry = "never" | "elsewhere" | "again" | "reset" | "timeout";

/** What a request of HTTP comes to. */
interface HttpEnd {
  readonly retry: Retry;
  /** As what it counts in the errors of server and pool. */
  readonly error: HttpUpstreamError | null;
  /** As what it counts in the errors of the listener. */
  readonly clientError: HttpClientError | null;
  /** Code of podmate's own answer while none has begun (docs/errors.md); null: the client gets none. */
  readonly answer: string | null;
}

/** What a request of memcache comes to. */
interface MemcacheEnd {
  readonly error: UpstreamError | null;
  readonly clientError: ClientError | null;
  /** How the line begins that the client gets; null: none. */
  readonly answer: string | null;
}

export interface Outcome {
  /** What happened, for docs/failures.md. */
  readonly when: string;
  readonly fault: Fault;
  /** It is a failure in the sense of `eject.failures`. Only what is the server's own fault is. */
  readonly counts: boolean;
  readonly log: "warn" | "info" | null;
  /** null: it does not happen in this protocol. */
  readonly http: HttpEnd | null;
  readonly memcache: MemcacheEnd | null;
}

/** A failure of the server, by its kind in both protocols. */
const http = <Answer extends string>(error: HttpUpstreamError, answer: Answer, retry: Retry = "never") =>
  ({ retry, error, clientError: null, answer }) as const satisfies HttpEnd;
const memcache = (error: UpstreamError) =>
  ({ error, clientError: null, answer: `SERVER_ERROR ${error}` }) as const satisfies MemcacheEnd;
const httpClient = (clientError: HttpClientError, answer: string | null) =>
  ({ retry: "never", error: null, clientError, answer }) as const satisfies HttpEnd;
const memcacheClient = (clientError: ClientError, answer: string | null) =>
  ({ error: null, clientError, answer }) as const satisfies MemcacheEnd;

/** Blamed on the server: it counts towards its ejection, and is logged. */
const servers = { fault: "server", counts: true, log: "warn" } as const;
/** Blamed on nobody whom an ejection would stop. */
const clients = { fault: "client", counts: false, log: null } as const;
const podmates = { fault: "podmate", counts: false, log: null } as const;
const unclear = { fault: "unknown", counts: false, log: "info" } as const;

/**
 * Every way in which a request can end: whose fault it is, what that counts for, and what its client sees. Who ends a
 * request names its row, and what follows is read here, for both protocols. docs/failures.md has it as a table.
 *
 * One principle decides most rows: that a connection ends says something of its server only while podmate had sent all and
 * was reading. Before, or while the client held things up, the server may have had enough of the client.
 */
export const outcomes = {
  answered: {
    when: "the server has answered in full",
    fault: "nobody",
    counts: false,
    log: null,
    http: { retry: "never", error: null, clientError: null, answer: null },
    memcache: { error: null, clientError: null, answer: null },
  },
  failingStatus: {
    when: "it has, with a status of `http.fail_on`; sent again if that is in `http.retry.on`",
    ...servers,
    log: null,
    http: { retry: "never", error: null, clientError: null, answer: null },
    memcache: null,
  },
  errorReply: {
    when: "it has, with `SERVER_ERROR`, which is passed on",
    fault: "server",
    counts: false,
    log: null,
    http: null,
    memcache: { error: "server_error", clientError: null, answer: null },
  },
  refused: {
    when: "the connection was refused, could not be opened, or ended before a byte of the request was sent",
    ...servers,
    http: http("connect", "connect", "elsewhere"),
    memcache: memcache("connect"),
  },
  connectTimeout: {
    when: "no connection within `connect_timeout`",
    ...servers,
    http: http("connect", "connect", "elsewhere"),
    memcache: memcache("connect"),
  },
  handshake: {
    when: "the connection opened, but TLS, ALPN, the server's settings of HTTP/2 or memcache's authentication failed",
    ...servers,
    http: http("connect", "connect", "elsewhere"),
    memcache: memcache("connect"),
  },
  connectPause: {
    when: "podmate pauses before it connects again, for the last attempt has failed",
    ...servers,
    log: null,
    http: http("connect", "connect", "elsewhere"),
    memcache: memcache("connect"),
  },
  exhausted: {
    when: "podmate is out of open files, local ports or memory for a connection",
    ...podmates,
    log: "warn",
    http: http("exhausted", "exhausted", "elsewhere"),
    memcache: memcache("exhausted"),
  },
  keptUnsent: {
    when: "a kept connection turned out closed before a byte of the request was sent",
    ...unclear,
    log: null,
    http: http("connection_lost", "connection_lost", "again"),
    memcache: null,
  },
  keptLost: {
    when: "a kept connection ended without a byte of an answer",
    ...unclear,
    log: null,
    http: http("connection_lost", "connection_lost", "again"),
    memcache: null,
  },
  lost: {
    when: "the connection ended before the head of an answer was complete, all of the request being sent",
    ...servers,
    http: http("connection_lost", "connection_lost", "reset"),
    memcache: memcache("connection_lost"),
  },
  uploadLost: {
    when: "the connection ended without an answer while a part of the request was still to come or to be sent",
    ...unclear,
    http: http("connection_lost", "connection_lost", "reset"),
    memcache: memcache("connection_lost"),
  },
  uploadStalled: {
    when: "it did, and the client had been silent in its body for half a second or more: the server had waited for long enough",
    ...clients,
    http: { ...http("connection_lost", "request-body-timeout"), clientError: "body_timeout" },
    memcache: null,
  },
  truncated: {
    when: "the connection ended within the answer",
    ...servers,
    http: http("truncated", "truncated"),
    memcache: memcache("connection_lost"),
  },
  truncatedHeld: {
    when: "it did, and the answer had been held up by a client that read slowly",
    ...clients,
    http: http("truncated", "truncated"),
    memcache: memcache("connection_lost"),
  },
  truncatedShared: {
    when: "HTTP/2: it did, and the server ended the connection over a fault that it found (GOAWAY with an error)",
    ...unclear,
    http: http("truncated", "truncated"),
    memcache: null,
  },
  timeout: {
    when: "no head of an answer, or no reply, within `timeout`",
    ...servers,
    http: http("timeout", "timeout", "timeout"),
    memcache: memcache("timeout"),
  },
  continueAwaited: {
    when: "the client lets its body wait for a 100, and neither has come within `body_timeout`",
    ...unclear,
    http: http("timeout", "timeout"),
    memcache: null,
  },
  late: {
    when: "the whole of it took longer than `http.request_timeout`, while the server was waited for",
    ...servers,
    http: http("timeout", "timeout"),
    memcache: null,
  },
  lateClient: {
    when: "the whole of it did, while the client was waited for",
    ...clients,
    http: http("timeout", "timeout"),
    memcache: null,
  },
  stopped: {
    when: "the server sent or took nothing within `http.body_timeout`",
    ...servers,
    http: http("body_timeout", "body_timeout"),
    memcache: null,
  },
  protocol: {
    when: "what the server sent is no valid answer, or none to this request",
    ...servers,
    http: http("protocol", "protocol"),
    memcache: memcache("protocol"),
  },
  valueRefused: {
    when: "`ms` for a server that has shown that it does not know it (memcached before 1.6), and would run the value as commands",
    ...unclear,
    log: null,
    http: null,
    memcache: memcache("protocol"),
  },
  unprocessed: {
    when: "HTTP/2: the server says that it did nothing (REFUSED_STREAM, or a GOAWAY that leaves the stream out)",
    ...unclear,
    log: null,
    http: http("connection_lost", "connection_lost", "elsewhere"),
    memcache: null,
  },
  streamReset: {
    when: "HTTP/2: the server reset the stream before an answer, with another code than the next",
    ...servers,
    http: http("connection_lost", "connection_lost", "reset"),
    memcache: null,
  },
  streamFault: {
    when: "HTTP/2: it did so with a code that finds fault with the request or its sender (PROTOCOL_ERROR and others)",
    ...unclear,
    http: http("protocol", "protocol"),
    memcache: null,
  },
  sharedLost: {
    when: "HTTP/2: the server ended the connection over a fault that it found (GOAWAY with an error), under this request too",
    ...unclear,
    http: http("connection_lost", "connection_lost", "again"),
    memcache: null,
  },
  sharedFault: {
    when: "HTTP/2: it did so right behind the head of this request, which is not to end another connection",
    ...unclear,
    http: http("protocol", "protocol"),
    memcache: null,
  },
  headTooLarge: {
    when: "HTTP/2: the head is larger than the server's SETTINGS_MAX_HEADER_LIST_SIZE, and is not sent",
    ...clients,
    http: { retry: "never", error: null, clientError: "head_too_large", answer: "server-head-too-large" },
    memcache: null,
  },
  unsendable: {
    when: "HTTP/2: the head has no form there",
    ...clients,
    http: http("protocol", "protocol"),
    memcache: null,
  },
  busy: {
    when: "more waits for the server than `limits` or `http.pending` allow, or for longer than `timeout`",
    ...podmates,
    http: http("busy", "busy"),
    memcache: memcache("busy"),
  },
  lateQueued: {
    when: "`http.request_timeout` was over while it waited for a connection",
    ...podmates,
    http: http("timeout", "timeout"),
    memcache: null,
  },
  ejected: {
    when: "the server is out of service, and its keys stay with it (`fail_fast`)",
    fault: "server",
    counts: false,
    log: null,
    http: http("ejected", "ejected"),
    memcache: memcache("ejected"),
  },
  noServer: {
    when: "no server is in service",
    ...unclear,
    log: null,
    http: http("no_server", "no_server"),
    memcache: memcache("no_server"),
  },
  overloaded: {
    when: "too much is under way for its priority",
    ...podmates,
    http: httpClient("overloaded", "overloaded"),
    memcache: memcache("overloaded"),
  },
  yielded: {
    when: "a manager has asked podmate to yield",
    ...podmates,
    http: httpClient("yielded", "yielded"),
    memcache: memcache("yielded"),
  },
  shutDown: {
    when: "podmate ends, and has waited for as long as it may",
    ...podmates,
    http: http("connection_lost", "connection_lost"),
    memcache: memcache("connection_lost"),
  },
  badRequest: {
    when: "what the client sends is not valid, or not allowed",
    ...clients,
    http: httpClient("bad_request", "bad-body"),
    memcache: memcacheClient("bad_command", "CLIENT_ERROR"),
  },
  clientStalled: {
    when: "the client stops in its body for longer than `body_timeout`, or memcache's client in a value",
    ...clients,
    http: httpClient("body_timeout", "request-body-timeout"),
    memcache: memcacheClient("idle", null),
  },
  clientTooSlow: {
    when: "the client takes nothing of its answer for longer than `body_timeout`, or more waits for it than `limits.bytes`",
    ...clients,
    http: httpClient("client_too_slow", null),
    memcache: memcacheClient("client_too_slow", null),
  },
  clientGone: {
    when: "the client has gone before its answer was complete",
    ...clients,
    http: httpClient("client_gone", null),
    memcache: memcacheClient("client_gone", null),
  },
} as const satisfies Readonly<Record<string, Outcome>>;

export type OutcomeName = keyof typeof outcomes;

/** The ends of a request in which an attempt at a server of HTTP fails. */
export type HttpFailing =
  | "headTooLarge"
  | {
      [Name in OutcomeName]: (typeof outcomes)[Name]["http"] extends { readonly error: HttpUpstreamError }
        ? Name
        : never;
    }[OutcomeName];

/** The ends in which a request of memcache fails at a server, or for want of one. */
export type MemcacheFailing = {
  [Name in OutcomeName]: (typeof outcomes)[Name]["memcache"] extends {
    readonly error: UpstreamError;
    readonly answer: string;
  }
    ? Name
    : never;
}[OutcomeName];

/** The row of a failed request of memcache, in the form that all rows have. */
export function memcacheFailing(
  end: MemcacheFailing,
): Outcome & { readonly memcache: { readonly error: UpstreamError } } {
  return outcomes[end];
}

/** The row of a failed attempt, in the form that all rows have. */
export function failing(end: HttpFailing): Outcome & { readonly http: HttpEnd } {
  return outcomes[end];
}
