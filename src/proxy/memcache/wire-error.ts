import type { Failure } from "../../upstream/memcache/failure.ts";

/** The words for a failure on the memcache wire. Clients take any SERVER_ERROR line; people read what follows it. */
export function wireError(failure: Failure): string {
  const reason = `${failure.server}: ${failure.reason}`.replace(/[^\x20-\x7e]/g, "?");
  return `SERVER_ERROR ${failure.kind} ${reason}\r\n`;
}
