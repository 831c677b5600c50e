import { method } from "../../http1/request-parser.ts";
import type { RetryOptions } from "../../upstream/http/http-pool-options.ts";

/** Whether doing it twice is doing it once (RFC 9110 9.2.2), of the methods that podmate knows by number. */
export function isIdempotent(of: number): boolean {
  return of !== method.POST && of !== method.PATCH && of !== method.CONNECT && of !== method.other;
}

/** Whether an answer with this status is a reason to try again. */
export function retriesStatus({ on }: RetryOptions, status: number): boolean {
  return status >= 502 && status <= 504 && on.includes(status as 502 | 503 | 504);
}
