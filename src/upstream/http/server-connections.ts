import type { OpenConnection } from "../../core/open-connection.ts";
import type { HttpUpstreamError } from "../../observe/http-metric-labels.ts";
import type { HttpCall } from "./http-call.ts";

/** The connections of one thread to one server, and the calls that wait for one; whatever version of HTTP they speak. */
export interface ServerConnections {
  /** A call can be begun without opening a connection. */
  readonly hasFree: boolean;
  /** No connection is free, none may be opened, and as many calls wait as may. */
  readonly isFull: boolean;
  /** Neither a call nor a connection is left. */
  readonly idle: boolean;
  /** Those that stand. */
  all(): Iterable<OpenConnection>;
  /** Serves the call: on a connection that is free, a new one, or once there is one. */
  begin(call: HttpCall): void;
  /** Forgets a call that waits; false if it does not. */
  forget(call: HttpCall): boolean;
  /** No connection of now serves another call. `retire`: nor does one of later, once its calls are answered. */
  outdate(retire: boolean): void;
  /** Regular work at `now` (ms): timeouts, and connections that have been idle for too long. */
  sweep(now: number): void;
  /** Ends all connections at once. */
  close(): void;
}

/** What the connections to a server are bound to. Times in ms. */
export interface ConnectionLimits {
  /** Connections at once. */
  readonly connections: number;
  /** Calls that wait for one. */
  readonly pending: number;
  /** Calls on one connection; 0: any number. */
  readonly requests_per_connection: number;
  readonly idle_timeout: number;
}

/** Takes the place of an error without more words than its kind. */
export const failureReasons: Readonly<Record<HttpUpstreamError, string>> = {
  timeout: "no answer in time",
  connect: "no connection",
  connection_lost: "connection lost",
  protocol: "an answer that is none",
  truncated: "the answer was cut off",
  busy: "too many requests are waiting for it",
  ejected: "out of service",
  server_error: "a status that counts as failure",
  no_server: "no server is in service",
  body_timeout: "it stopped in the middle",
  exhausted: "podmate has no open file, port or memory left for a connection",
};
