/**
 * Where something listens: a TCP endpoint or a unix-domain socket.
 * `host` is a name or a literal IPv4/IPv6 address without brackets; `port` is 0..65535 (0 = any free port).
 */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

/** The address in the form that configuration and logs use: `host:port`, `[v6]:port` or `unix:/path`. */
export function formatAddress(address: Address): string {
  if ("path" in address) return `unix:${address.path}`;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** Whether both lead to the same place, names taken as they are. */
export function sameAddress(a: Address, b: Address): boolean {
  if ("path" in a || "path" in b) return "path" in a && "path" in b && a.path === b.path;
  return a.host === b.host && a.port === b.port;
}
