/** Fields of one connection of HTTP/1.1, which HTTP/2 does not have (RFC 9113 8.2.2). */
const connectionSpecific = new Set([
  "connection",
  "proxy-connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

const namePattern = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
/**
 * What has no place in a value would end its line; what is no byte would be cut to one. White space may stand only within
 * it (RFC 9113 8.2.1).
 */
const valuePattern = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/;

/** Whether a field may have this value. */
export function isFieldValue(value: string): boolean {
  return valuePattern.test(value);
}

/**
 * The fields of a message of HTTP/2 as lines of HTTP/1.1, each with its end; null where one of them is malformed, so that
 * nothing a peer sends can pass for a line of its own. Left out are pseudo-fields and those in `skip`.
 * @param raw names and values in turn, as node:http2 gives them
 */
export function fieldLines(raw: readonly string[], skip: ReadonlySet<string> = none): string | null {
  let lines = "";
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!;
    const value = raw[i + 1]!;
    if (name.startsWith(":") || skip.has(name)) continue;
    if (!namePattern.test(name) || !isFieldValue(value) || connectionSpecific.has(name)) return null;
    if (name === "te" && value.toLowerCase() !== "trailers") return null;
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

/** All values of the fields named `name`, joined by `separator`; null if there are none. */
export function joinedValue(raw: readonly string[], name: string, separator: string): string | null {
  let joined: string | null = null;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i] === name) joined = joined === null ? raw[i + 1]! : joined + separator + raw[i + 1]!;
  }
  return joined;
}

const none: ReadonlySet<string> = new Set();
