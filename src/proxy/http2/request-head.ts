import { fieldLines, isFieldValue, joinedValue } from "../../upstream/http2/field-lines.ts";

/** What is said of in the request line, or joined, instead of passed on as it came. */
const skipped: ReadonlySet<string> = new Set(["host", "cookie", "content-length"]);

const tokenPattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** The asterisk is for OPTIONS; all else begins with a slash (RFC 9113 8.3.1). */
const pathPattern = /^(\*|\/[\x21-\x7e\x80-\xff]*)$/;
const schemePattern = /^https?$/i;

/** A request of HTTP/2 in the form of HTTP/1.1. */
export interface RequestHead {
  readonly bytes: Buffer;
  /** Podmate puts the content into chunks: it has no length of its own. */
  readonly chunked: boolean;
}

/**
 * The head of a request in the form of HTTP/1.1, so that one parser decides what is a request and what it is for; null if
 * it is malformed (RFC 9113 8.1.1). CONNECT is not for here.
 * @param raw names and values in turn, as node:http2 gives them
 * @param ends nothing follows the head
 */
export function requestHead(raw: readonly string[], ends: boolean): RequestHead | null {
  const method = joinedValue(raw, ":method", " ") ?? "";
  const path = joinedValue(raw, ":path", " ") ?? "";
  const lines = fieldLines(raw, skipped);
  const host = hostOf(raw);
  const cookie = joinedValue(raw, "cookie", "; ");
  const length = joinedValue(raw, "content-length", ", ");
  if (lines === null || host === null || !tokenPattern.test(method) || !pathPattern.test(path)) return null;
  if ([host, cookie, length].some((value) => value !== null && !isFieldValue(value))) return null;
  let text = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n${lines}`;
  // Crumbs of a cookie are one again where HTTP/1.1 begins (RFC 9113 8.2.3).
  if (cookie !== null) text += `cookie: ${cookie}\r\n`;
  const chunked = length === null && !ends;
  if (length !== null) text += `content-length: ${length}\r\n`;
  else if (chunked) text += "transfer-encoding: chunked\r\n";
  return { bytes: Buffer.from(`${text}\r\n`, "latin1"), chunked };
}

/** The authority counts; a Host beside it must be the same, for whoever looks at one of them to see the other. */
function hostOf(raw: readonly string[]): string | null {
  const authority = joinedValue(raw, ":authority", " ");
  const host = joinedValue(raw, "host", " ");
  if (authority === null || host === null) return authority ?? host;
  return authority.toLowerCase() === host.toLowerCase() ? authority : null;
}

/** Whether podmate speaks what the request was made for: http or https, whichever of them it came by. */
export function hasKnownScheme(raw: readonly string[]): boolean {
  return schemePattern.test(joinedValue(raw, ":scheme", " ") ?? "");
}
