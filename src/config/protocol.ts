/** What the servers of a pool speak: HTTP if an HTTP listener or a route of one names the pool, else memcache. */
export type Protocol = "memcache" | "http";

/** Settings of a pool whose default depends on what its servers speak. In the form they are null if left out. */
export const protocolDefaults = {
  timeout: { memcache: "1s", http: "30s" },
  connections: { memcache: 1, http: 256 },
  on_eject: { memcache: "fail_fast", http: "rehash" },
} as const satisfies Readonly<Record<string, Readonly<Record<Protocol, unknown>>>>;

/** The port of a server whose address names none. */
export function defaultPort(protocol: Protocol, tls: boolean): number {
  if (protocol === "memcache") return 11211;
  return tls ? 443 : 80;
}
