import type { UpstreamError } from "../../observe/metric-labels.ts";
import { type MemcacheFailing, memcacheFailing } from "../outcomes.ts";

/** Why a request got no answer from its server. An error is a value; only the rim makes wire words of it. */
export interface Failure {
  /** Its row in the table of outcomes, which says what follows. */
  readonly end: MemcacheFailing;
  /** As what it counts: that row's error. */
  readonly kind: UpstreamError;
  /** Id of the server, or of the pool where no server was found. */
  readonly server: string;
  /** In words for whoever reads the client's error or the log, without a line end. */
  readonly reason: string;
}

/** A failure at `server`, or for want of one in the pool of that name. */
export function failureAt(server: string, end: MemcacheFailing, reason?: string): Failure {
  const kind = memcacheFailing(end).memcache.error;
  return { end, kind, server, reason: reason ?? reasons[kind] };
}

const reasons: Readonly<Record<UpstreamError, string>> = {
  timeout: "no answer in time",
  connect: "no connection",
  connection_lost: "connection lost",
  protocol: "an answer that is none",
  server_error: "an error of the server",
  busy: "too many requests or bytes are waiting for it",
  ejected: "out of service",
  no_server: "no server is in service",
  overloaded: "too much is under way for its priority",
  yielded: "a manager has asked to refuse its priority for now",
  exhausted: "podmate has no open file, port or memory left for a connection",
};
