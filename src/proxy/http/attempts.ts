import { HTTP_POOL } from "../../observe/metric-layout.ts";
import type { HttpFailure } from "../../upstream/http/http-failure.ts";
import type { HttpPool } from "../../upstream/http/http-pool.ts";
import { isIdempotent, retriesFailure } from "./retry.ts";

/** What there is of a request, for the question whether it may be sent again. */
export interface Repeatable {
  readonly method: number;
  /** All of it is still at hand. */
  readonly complete: boolean;
  /** Its time is not over. */
  readonly inTime: boolean;
}

/** The attempts made at one request, and whether another one may follow. One record, used again for each request. */
export class Attempts {
  /** How many were made; one that found its connection closed does not count. */
  count = 0;
  /** The attempt about to be made follows one on a connection that had been idle. */
  fresh = false;
  /** A retry of the request counts against the pool's budget. */
  budgeted = false;
  /** A connection that had been idle has failed it once. */
  private staleRetried = false;

  reset(): void {
    this.count = 0;
    this.fresh = this.budgeted = this.staleRetried = false;
  }

  /** What is to follow a failure before the client got a head: an attempt at the same server, at the next one, or none. */
  after(failure: HttpFailure, pool: HttpPool, request: Repeatable): "same" | "next" | "none" {
    const { unprocessed } = failure;
    const harmless = unprocessed || isIdempotent(request.method);
    if (failure.stale && !this.staleRetried && request.complete && harmless) {
      // The server had closed an idle connection when the request came: nothing is wrong with it.
      this.staleRetried = this.fresh = true;
      this.count--;
      return "same";
    }
    const sent = failure.kind !== "connect" && !unprocessed;
    const reason = unprocessed || retriesFailure(pool.http.retry, failure.kind);
    return reason && this.mayFollow(pool, request, sent) ? "next" : "none";
  }

  /** Whether there is leave for another attempt. `sent`: the server may have done what the request asks for. */
  mayFollow(pool: HttpPool, { method, complete, inTime }: Repeatable, sent: boolean): boolean {
    if (!complete || !inTime || (sent && !isIdempotent(method))) return false;
    if (this.count > pool.http.retry.attempts) return false;
    if (this.budgeted) return true;
    this.budgeted = pool.retries.take(pool.inFlight);
    if (!this.budgeted) pool.block[HTTP_POOL.retriesRefused]! += 1;
    return this.budgeted;
  }
}
