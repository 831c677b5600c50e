import type { UpstreamError } from "../../observe/metric-labels.ts";

/** Why a request got no answer from its server. An error is a value; only the rim makes wire words of it. */
export interface Failure {
  readonly kind: UpstreamError;
  /** Id of the server, or of the pool where no server was found. */
  readonly server: string;
  /** In words for whoever reads the client's error or the log, without a line end. */
  readonly reason: string;
}
