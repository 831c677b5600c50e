import { field } from "../../http1/field-name.ts";
import type { RequestParser } from "../../http1/request-parser.ts";

/**
 * Whether the request would go on in HTTP/2 (RFC 7540 3.2, which RFC 9113 gave up): the requests that follow would be hidden
 * from every check made here, so it is never passed on.
 */
export function offersHttp2({ fields }: RequestParser, bytes: Buffer): boolean {
  for (let i = 0; i < fields.count; i++) {
    if (fields.id[i] !== field.upgrade) continue;
    if (/h2c/i.test(bytes.toString("latin1", fields.valueStart[i]!, fields.valueEnd[i]!))) return true;
  }
  return false;
}
