import { promises as dns } from "node:dns";

/** An address with the time it may be kept, in s. */
export interface AddressRecord {
  readonly address: string;
  readonly ttl: number;
}

/** The two ways to ask for the addresses of a name. */
export interface Lookups {
  /**
   * As every program on the machine resolves: /etc/hosts, search domains, then DNS. It says nothing of a TTL.
   * Rejects where the name is not known or nobody answers.
   */
  system(host: string): Promise<readonly string[]>;
  /** The DNS records of exactly that name; empty where there are none. Never rejects. */
  records(host: string): Promise<readonly AddressRecord[]>;
}

/** For one DNS server, in ms; each is asked twice. */
const recordsTimeout = 2_000;

export const systemLookups: Lookups = {
  /**
   * IPv4 first, each family in the order of the system: `localhost` is often listed as ::1 first, and a memcached
   * told to listen on 127.0.0.1 is not there. getaddrinfo runs in libuv's thread pool, which lets lookups take at most
   * half of its threads, so a dead DNS server holds up nothing else.
   */
  async system(host) {
    const found = await dns.lookup(host, { all: true, order: "ipv4first" });
    return found.map((one) => one.address);
  },

  async records(host) {
    // A name without a dot lives in /etc/hosts or in a search domain; the root of the DNS knows nothing of it.
    if (!host.includes(".")) return [];
    // A new one each time, for it reads resolv.conf only when it is made.
    const resolver = new dns.Resolver({ timeout: recordsTimeout, tries: 2 });
    const answers = await Promise.allSettled([
      resolver.resolve4(host, { ttl: true }),
      resolver.resolve6(host, { ttl: true }),
    ]);
    return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  },
};
