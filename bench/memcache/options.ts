import { parseArgs } from "node:util";
import { type BenchOptions, benchFlags, benchHelp, readBenchOptions } from "../support/bench-options.ts";
import { type MemcacheScenario, scenarios } from "./scenarios.ts";

const peers = ["podmate", "twemproxy", "memcached-proxy", "direct"] as const;
export type PeerName = (typeof peers)[number];

/** What the memcache benchmark runs. */
export interface MemcacheOptions extends BenchOptions<MemcacheScenario, PeerName> {
  /** A memcached built with its proxy. */
  readonly memcachedProxy: string | null;
}

const choices = { scenarios, peers, defaultPeers: ["podmate", "twemproxy"] } as const;

export const memcacheHelp = `usage: npm run bench -- memcache [options]

Four memcached servers behind podmate, twemproxy and, where given, memcached's own proxy; the same load on each in
turn. The peer "direct" is one memcached without a proxy.

${benchHelp("memcache", choices)}  --memcached-proxy PATH    a memcached built with --enable-proxy; adds it to the peers
`;

/** Reads the command line of the benchmark; null if help was asked for. Throws on what it does not know. */
export function parseMemcacheOptions(args: readonly string[]): MemcacheOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: { ...benchFlags, "memcached-proxy": { type: "string" } },
  });
  if (values.help) return null;
  const options = readBenchOptions(values, choices);
  const memcachedProxy = values["memcached-proxy"] ?? null;
  const asked = options.peers.includes("memcached-proxy");
  if (asked && memcachedProxy === null) throw new RangeError("--memcached-proxy is missing");
  const added = memcachedProxy !== null && !asked && options.profile === null;
  return {
    ...options,
    peers: added ? [...options.peers, "memcached-proxy"] : options.peers,
    memcachedProxy,
  };
}
