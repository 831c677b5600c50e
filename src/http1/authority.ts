import { byte, hexValue, hostByte, ipv6Byte } from "./byte-tables.ts";

/**
 * Where the host of the authority at bytes[start, end) ends and its port, if any, begins with a colon; -1 if it is
 * not `host [ ":" port ]` (RFC 3986 3.2.2 and 3.2.3). User information is refused, and a port above 65535; the host
 * may be empty.
 */
export function hostNameEnd(bytes: Uint8Array, start: number, end: number): number {
  const stop =
    start < end && bytes[start] === byte.bracketOpen
      ? bracketEnd(bytes, start, end)
      : nameEnd(bytes, start, end);
  return stop === -1 || isPort(bytes, stop, end) ? stop : -1;
}

/** Whether the authority at bytes[start, end), whose host ends at `hostEnd`, has both a host and a port. */
export function namesPort(start: number, hostEnd: number, end: number): boolean {
  return hostEnd > start && end - hostEnd > 1;
}

function nameEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && hostByte[bytes[at]!] === 1) {
    if (bytes[at] === byte.percent) {
      if (at + 2 >= end || hexValue[bytes[at + 1]!] === 255 || hexValue[bytes[at + 2]!] === 255) return -1;
    }
    at++;
  }
  return at;
}

function bracketEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start + 1;
  while (at < end && ipv6Byte[bytes[at]!] === 1) at++;
  return at < end && bytes[at] === byte.bracketClose && at > start + 2 ? at + 1 : -1;
}

/** Whether bytes[at, end) is nothing, or a colon and a port. */
function isPort(bytes: Uint8Array, at: number, end: number): boolean {
  if (at === end) return true;
  if (bytes[at] !== byte.colon || end - at > 6) return false;
  let port = 0;
  for (let i = at + 1; i < end; i++) {
    const digit = bytes[i]! - byte.zero;
    if (digit < 0 || digit > 9) return false;
    port = 10 * port + digit;
  }
  return port <= 65535;
}
