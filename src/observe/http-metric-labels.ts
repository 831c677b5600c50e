/**
 * The closed sets of values that a metric of HTTP can be split by, as those of memcache in `metric-labels.ts`. New
 * values go to the end of their set, except that statuses are in their own order.
 */

/** Methods of RFC 9110 and PATCH; `other` for all else, so that a client cannot make a label. */
export const httpMethod = {
  get: 0,
  head: 1,
  post: 2,
  put: 3,
  patch: 4,
  delete: 5,
  options: 6,
  connect: 7,
  trace: 8,
  other: 9,
} as const;
export type HttpMethodClass = keyof typeof httpMethod;

/**
 * Class of a final status; 1xx is 101, after which the connection is a tunnel. `none`: there was no answer. `other`: 600 to
 * 999, which RFC 9110 (15) does not define and some servers use.
 */
export const statusClass = { "1xx": 0, "2xx": 1, "3xx": 2, "4xx": 3, "5xx": 4, none: 5, other: 6 } as const;
export type StatusClass = keyof typeof statusClass;

/** The number of its class, for a status of 100 to 999; 0 is none. */
export function classOfStatus(status: number): number {
  if (status === 0) return statusClass.none;
  return status < 600 ? ((status / 100) | 0) - 1 : statusClass.other;
}

/** Statuses of podmate's own answers. */
export const ownStatus = {
  200: 0,
  400: 1,
  404: 2,
  405: 3,
  408: 4,
  413: 5,
  414: 6,
  417: 7,
  431: 8,
  501: 9,
  502: 10,
  503: 11,
  504: 12,
  505: 13,
} as const;
export type OwnStatus = keyof typeof ownStatus;

/** What a client did wrong, or what became of it. */
export const httpClientError = {
  /** What frames the message is wrong or ambiguous: 400. */
  bad_request: 0,
  /** 408 */
  head_timeout: 1,
  /** 408, or the end of an answer that has begun. */
  body_timeout: 2,
  /** 431 */
  head_too_large: 3,
  /** 414 */
  target_too_long: 4,
  /** 413 */
  body_too_large: 5,
  /** No route takes the request: 404. */
  no_route: 6,
  /** CONNECT where that is off: 405. */
  method_not_allowed: 7,
  /** 417 */
  expectation_failed: 8,
  /** A transfer coding other than chunked: 501. */
  not_implemented: 9,
  /** 505 */
  http_version: 10,
  /** Podmate's own bounds are reached: 503. */
  overloaded: 11,
  client_gone: 12,
  client_too_slow: 13,
  idle: 14,
  tls: 15,
  /** Refused only because a manager has asked podmate to yield: 503. */
  yielded: 16,
} as const;
export type HttpClientError = keyof typeof httpClientError;

/** Whose fault it is that a request got no good answer from upstream (`upstream/outcomes.ts`). */
export const fault = { client: 0, server: 1, podmate: 2, unknown: 3 } as const;

/** Why a request got no good answer from upstream: the kinds of memcache, and what a body can suffer besides. */
export const httpUpstreamError = {
  /** No head of an answer in time, or not all of it. */
  timeout: 0,
  connect: 1,
  /** The connection ended before the head of the answer. */
  connection_lost: 2,
  protocol: 3,
  /** A status that counts as a failure of the server (`fail_on`). */
  server_error: 4,
  busy: 5,
  ejected: 6,
  no_server: 7,
  /** The connection ended within the answer. */
  truncated: 8,
  /** The server stopped within the answer, or took no more of the request. */
  body_timeout: 9,
  /** Podmate has run out of open files, local ports or memory for a connection. */
  exhausted: 10,
} as const;
export type HttpUpstreamError = keyof typeof httpUpstreamError;
