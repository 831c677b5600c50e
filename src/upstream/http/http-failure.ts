import type { HttpUpstreamError } from "../../observe/http-metric-labels.ts";

/** Why an attempt came to nothing. An error is a value; only the rim makes an answer of it. */
export interface HttpFailure {
  readonly kind: HttpUpstreamError;
  /** Id of the server, or of the pool where no server was found. */
  readonly server: string;
  /** In words for the log, never for the client. */
  readonly reason: string;
  /** The connection had served others before, and closed without a byte of an answer: the server had not seen it. */
  readonly stale: boolean;
  /** Nothing of the request was sent on a stale connection, or the server of HTTP/2 says that it did nothing (RFC 9113 8.7). */
  readonly unprocessed: boolean;
}
