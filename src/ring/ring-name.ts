import type { RingServer } from "./ring-options.ts";

/** The port that ring names leave out. */
const defaultPort = 11211;

/**
 * What enters the ring for a server, after twemproxy 0.5.0: its name if it has one, else the host alone where the
 * port is 11211, `host:port` (IPv6 without brackets) otherwise, and for a unix socket the path and a colon.
 */
export function ringName(server: RingServer): string {
  if (server.name !== undefined) return server.name;
  if ("path" in server.address) return `${server.address.path}:`;
  const { host, port } = server.address;
  return port === defaultPort ? host : `${host}:${port}`;
}

/** The same after libmemcached 1.1.4, which differs for unix sockets only: they count as port 0. */
export function libmemcachedRingName(server: RingServer): string {
  if (server.name === undefined && "path" in server.address) return `${server.address.path}:0`;
  return ringName(server);
}

/** The same for the npm package hashring 3.2, as its users write servers: always with the port. */
export function hashringRingName(server: RingServer): string {
  if (server.name !== undefined) return server.name;
  return "path" in server.address ? server.address.path : `${server.address.host}:${server.address.port}`;
}

/** twemproxy's order of ring names: shorter ones first, those of one length by their UTF-8 bytes. */
export function compareRingNames(a: string, b: string): number {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length - right.length || Buffer.compare(left, right);
}
