import type { RequestParser } from "../../http1/request-parser.ts";
import type { HttpPoolOptions } from "../../upstream/http/http-pool-options.ts";

/** Whether a server gets its own address as Host, in place of what the client has said. */
export function wantsOwnHost({ host, version }: HttpPoolOptions, head: RequestParser): boolean {
  // A request of HTTP/1.0 may come without Host, and goes on in 1.1, which wants one.
  if (host === "server" || !head.namesHost) return true;
  // An empty one is valid in HTTP/1.1, but no `:authority` (RFC 9113 8.3.1).
  return version === 2 && head.hostStart === head.hostEnd;
}
