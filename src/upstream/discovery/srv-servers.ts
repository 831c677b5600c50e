import { promises as dns, type SrvRecord } from "node:dns";
import { formatAddress } from "../../core/address.ts";
import type { ServerOptions } from "../pool-options.ts";
import type { PolledAnswer } from "./polled-discovery.ts";

export interface SrvTarget {
  /** As it stands in the DNS: search domains do not apply. */
  readonly name: string;
  /** The answer is asked for again after this time, in ms; Node does not tell the TTL of SRV records. */
  readonly interval: number;
}

/** Asks for the SRV records of a name; rejects where there are none or nobody answers. */
export type SrvLookup = (name: string) => Promise<readonly SrvRecord[]>;

/** For one DNS server, in ms; each is asked twice. */
const timeout = 2_000;

/** The lookup by DNS. `nameServers`: `address:port` of those to ask; the system's if absent. */
export function srvLookup(nameServers?: readonly string[]): SrvLookup {
  return (name) => {
    // A new one each time, for it reads resolv.conf only when it is made.
    const resolver = new dns.Resolver({ timeout, tries: 2 });
    if (nameServers !== undefined) resolver.setServers(nameServers);
    return resolver.resolveSrv(name);
  };
}

/** The servers that SRV records name. Rejects where there are none, as for `askDns`. */
export async function askSrv({ name, interval }: SrvTarget, lookUp: SrvLookup): Promise<PolledAnswer> {
  const servers = serversOf(await lookUp(name));
  if (servers.length === 0) throw new Error("it has no server");
  return { servers, holdsFor: interval };
}

/**
 * A server per target and port of the lowest priority number (RFC 2782). Those of weight 0 are for when there is no other.
 * Weights are kept in their proportion but made as small as they go: what counts for a ring is the proportion, and a
 * DNS server that gives each of n targets 100/n would otherwise change all of them with each that comes.
 * Targets stay names: where they point to is followed as for any server.
 */
export function serversOf(records: readonly SrvRecord[]): ServerOptions[] {
  // The target "." says that the service is decidedly not there.
  const present = records.filter(({ name }) => name !== "" && name !== ".");
  const lowest = Math.min(...present.map(({ priority }) => priority));
  const first = present.filter(({ priority }) => priority === lowest);
  const weighted = first.filter(({ weight }) => weight > 0);
  const members = weighted.length > 0 ? weighted : first;
  const unit = members.reduce((divisor, { weight }) => greatestDivisor(divisor, weight), 0) || 1;
  const servers = new Map<string, ServerOptions>();
  for (const { name, port, weight } of members) {
    const address = { host: name.toLowerCase(), port };
    const id = formatAddress(address);
    servers.set(id, { id, address, weight: Math.max(1, weight / unit) });
  }
  return [...servers.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
