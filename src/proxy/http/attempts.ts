import { HTTP_POOL } from "../../observe/metric-layout.ts";
import type { HttpFailure } from "../../upstream/http/http-failure.ts";
import type { HttpPool } from "../../upstream/http/http-pool.ts";
import type { HttpServer } from "../../upstream/http/http-server.ts";
import { failing } from "../../upstream/outcomes.ts";
import { isIdempotent, retriesStatus } from "./retry.ts";

/** What there is of a request, for the question whether it may be sent again. */
export interface Repeatable {
  readonly method: number;
  /** All of it is still at hand. */
  readonly complete: boolean;
  /** Its time is not over. */
  readonly inTime: boolean;
}

/**
 * The attempts made at one request, and whether another one may follow: the table of outcomes says after what
 * (`Retry` in `upstream/outcomes.ts`). One record, used again for each request.
 */
export class Attempts {
  /** How many were made; one that found its connection closed does not count. */
  count = 0;
  /** The attempt about to be made follows one on a connection that had been idle. */
  fresh = false;
  /** A retry of the request counts against the pool's budget. */
  budgeted = false;
  /** Where an attempt has failed. */
  readonly tried: HttpServer[] = [];
  /** Why only a server will do where no attempt has failed: the last one cannot be reached; else null. */
  unreachable: HttpFailure | null = null;
  /** Those of the attempts that had sent nothing, or nothing that the server has begun with. */
  private moves = 0;
  /** A connection that had been idle has failed it once. */
  private staleRetried = false;

  /** The attempt about to be made is not the first. */
  get isRepeat(): boolean {
    return this.fresh || this.tried.length > 0;
  }

  /** Whether an attempt at `server` would be made in vain. */
  excludes(server: HttpServer): boolean {
    return this.unreachable !== null && this.tried.includes(server);
  }

  reset(): void {
    this.count = this.moves = 0;
    this.fresh = this.budgeted = this.staleRetried = false;
    this.unreachable = null;
    if (this.tried.length > 0) this.tried.length = 0;
  }

  /** Whether another attempt is to follow one that has failed at `server` before the client got a head. */
  follows(failure: HttpFailure, server: HttpServer, pool: HttpPool, request: Repeatable): boolean {
    const { retry, error } = failing(failure.end).http;
    this.unreachable = null;
    if (retry === "again" && !this.staleRetried && request.complete) {
      // The server had closed an idle connection when the request came: nothing is wrong with it.
      this.staleRetried = this.fresh = failure.end === "keptUnsent" || isIdempotent(request.method);
      if (this.staleRetried) this.count--;
      return this.staleRetried;
    }
    this.tried.push(server);
    if (retry === "elsewhere") {
      if (error !== "connection_lost") this.unreachable = failure;
      return request.complete && request.inTime && this.moves++ < pool.servers.length;
    }
    const reason = retry === "again" ? "reset" : retry;
    if (reason === "never" || !pool.http.retry.on.includes(reason)) return false;
    // All that a server had under way is lost at once when it dies: more than any share of what is in flight.
    return this.mayFollow(pool, request) && (reason === "reset" || this.takeBudget(pool));
  }

  /** Whether another attempt is to follow an answer of `server` with this status. */
  followsAnswer(status: number, server: HttpServer, pool: HttpPool, request: Repeatable): boolean {
    if (!retriesStatus(pool.http.retry, status)) return false;
    if (!this.mayFollow(pool, request) || !this.takeBudget(pool)) return false;
    this.tried.push(server);
    this.unreachable = null;
    return true;
  }

  /** The server may have done what the request asks for: whether that may be asked for once more. */
  private mayFollow(pool: HttpPool, { method, complete, inTime }: Repeatable): boolean {
    return complete && inTime && isIdempotent(method) && this.count - this.moves <= pool.http.retry.attempts;
  }

  private takeBudget(pool: HttpPool): boolean {
    if (this.budgeted) return true;
    this.budgeted = pool.retries.take(pool.inFlight);
    if (!this.budgeted) pool.block[HTTP_POOL.retriesRefused]! += 1;
    return this.budgeted;
  }
}
