import { isIPv4, isIPv6 } from "node:net";
import type { Address } from "../core/address.ts";
import type { Reading } from "./units.ts";

/** memcached's registered port. */
const memcachePort = 11211;

/** The longest path that fits `sun_path` of Linux with its closing zero byte (unix(7)). */
const longestSocketPath = 107;

/** Reads where to listen: `host:port`, `[v6]:port`, `:port` (every IPv4 address) or `unix:/path`. */
export function parseListen(text: string): Reading<Address> {
  if (text.startsWith("unix:")) return parseSocketPath(text.slice("unix:".length));
  return parseTcp(text.startsWith(":") ? `0.0.0.0${text}` : text, null, 0);
}

/** Reads the address of a server: `host:port`, `[v6]:port`, `unix:/path`, or `host` alone for `defaultPort`. */
export function parseServer(text: string, defaultPort = memcachePort): Reading<Address> {
  if (text.startsWith("unix:")) return parseSocketPath(text.slice("unix:".length));
  return parseTcp(text, defaultPort, 1);
}

/** Checks a path for a unix-domain socket: absolute, and at most 107 bytes long. */
export function parseSocketPath(path: string): Reading<Address> {
  if (!path.startsWith("/")) return { reason: "the path of a unix socket must begin with /" };
  if (path.includes("\0")) return { reason: "a path cannot hold a zero byte" };
  const length = Buffer.byteLength(path);
  if (length > longestSocketPath) {
    return { reason: `the path has ${length} bytes; a unix socket's may have ${longestSocketPath}` };
  }
  return { value: { path } };
}

/** A DNS name or a literal IPv4/IPv6 address without brackets. */
export function isHost(text: string): boolean {
  if (text.includes(":")) return isIPv6(text) && !text.includes("%");
  if (/^[\d.]+$/.test(text)) return isIPv4(text);
  return text.length <= 253 && text.split(".").every(isLabel);
}

// Underscores are no part of a host name (RFC 1123), but Docker Compose and some clusters use them.
// A trailing dot, which leaves one empty label, marks a name as absolute and is welcome.
function isLabel(label: string, index: number, labels: readonly string[]): boolean {
  if (label === "") return index > 0 && index === labels.length - 1;
  return /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label);
}

function parseTcp(text: string, defaultPort: number | null, lowestPort: number): Reading<Address> {
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text);
  if (!parts || text.startsWith("/")) return { reason: explain(text) };
  const host = parts[1] ?? (parts[2] as string);
  if (parts[1] === undefined ? !isHost(host) : !isIPv6(host) || host.includes("%")) {
    return { reason: host === "" ? "the host is missing" : `"${host}" is not a host name or an IP address` };
  }
  const port = parts[3] === undefined ? defaultPort : Number(parts[3]);
  if (port === null) return { reason: "the port is missing" };
  if (port < lowestPort || port > 65535) return { reason: `port ${port} is not within ${lowestPort}..65535` };
  return { value: { host, port } };
}

function explain(text: string): string {
  if (text.startsWith("/")) return `a unix socket is written unix:${text}`;
  if (isIPv6(text)) return `an IPv6 address needs brackets, as in [${text}]:11211`;
  return "it is not of the form host:port";
}
