import type { HttpFailing } from "../outcomes.ts";

/** Why an attempt came to nothing. An error is a value; only the rim makes an answer of it. */
export interface HttpFailure {
  /** Its row in the table of outcomes, which says what follows. */
  readonly end: HttpFailing;
  /** Id of the server, or of the pool where no server was found. */
  readonly server: string;
  /** In words for the log, never for the client. */
  readonly reason: string;
}
