import { isIPv4 } from "node:net";
import { formatAddress } from "../../core/address.ts";
import { errorReason } from "../../core/error-reason.ts";
import type { AddressRecord, Lookups } from "../lookups.ts";
import type { ServerOptions } from "../pool-options.ts";
import { holdsFor } from "../resolver.ts";
import type { PolledAnswer } from "./polled-discovery.ts";

export interface DnsTarget {
  readonly host: string;
  readonly port: number;
  /** The answer is asked for again after this time, in ms, or when its TTL is over if that comes first. */
  readonly interval: number;
}

/**
 * The servers that a name stands for: one for each of its addresses. The system's lookup decides, as for the names of
 * servers (see `Resolver`); the DNS records tell how long that holds, and stand in where the system knows nothing.
 * Rejects where the name has no address: whether it has none any more or cannot be found out is not to be told apart.
 */
export async function askDns(target: DnsTarget, lookups: Lookups): Promise<PolledAnswer> {
  const { host, port, interval } = target;
  const recordsComing = lookups.records(host).catch((): readonly AddressRecord[] => []);
  const found = await lookups.system(host).catch((error: unknown) => errorReason(error));
  const records = await recordsComing;
  const addresses = typeof found === "string" ? records.map(({ address }) => address) : found;
  if (addresses.length === 0) throw new Error(typeof found === "string" ? found : "it has no address");
  return {
    servers: serversAt(addresses, port),
    holdsFor: Math.min(interval, holdsFor(addresses, records, interval)),
  };
}

/**
 * A server per address, each once and in an order of their own, for a DNS server gives them in any. A host with addresses of
 * both families is one host, so that only IPv4 counts where there is any.
 */
export function serversAt(addresses: readonly string[], port: number): ServerOptions[] {
  const family = addresses.some(isIPv4) ? addresses.filter(isIPv4) : addresses;
  return [...new Set(family)].sort().map((host) => {
    const address = { host, port };
    return { id: formatAddress(address), address, weight: 1 };
  });
}
