import { parseArgs } from "node:util";
import { inRange, whole } from "../load/load-options.ts";
import { type Scenario, scenarios } from "./scenarios.ts";

export const peerNames = ["podmate", "twemproxy", "memcached-proxy", "direct"] as const;
export type PeerName = (typeof peerNames)[number];

/** What the memcache benchmark runs. Times in seconds. */
export interface BenchOptions {
  readonly seconds: number;
  readonly warmup: number;
  readonly rounds: number;
  readonly scenarios: readonly Scenario[];
  readonly peers: readonly PeerName[];
  /** Worker counts of podmate; each is a contender of its own. */
  readonly workers: readonly number[];
  /** Command that stands before `run -c FILE`; null: the build in dist/, made anew. */
  readonly podmateCommand: readonly string[] | null;
  /** A memcached built with its proxy. */
  readonly memcachedProxy: string | null;
  readonly json: string | null;
  readonly write: boolean;
  readonly profile: "cpu-prof" | "perf" | null;
}

export const memcacheHelp = `usage: npm run bench -- memcache [options]

Four memcached servers behind podmate, twemproxy and, where given, memcached's own proxy; the same load on each in turn.

  --scenario NAMES          comma-separated; all: ${scenarios.map(({ id }) => id).join(",")}
  --peers NAMES             comma-separated, of ${peerNames.join(",")}
                            (podmate,twemproxy; direct is one memcached without a proxy)
  --workers COUNTS          worker threads of podmate, comma-separated (1,2)
  --seconds SECONDS         measured time per round (3)
  --warmup SECONDS          load before the first round of each scenario (2)
  --rounds N                rounds per scenario (5)
  --quick                   1 round of 1 second, short warm-up: shows that it works, not how fast it is
  --podmate-command CMD     start podmate by this command instead of building and running dist/
  --memcached-proxy PATH    a memcached built with --enable-proxy; adds it to the peers
  --json FILE               write all samples to FILE
  --write                   write bench/memcache.results.json, bench/memcache.svg and the tables of bench/README.md
  --profile                 only podmate, with --cpu-prof; prints where the time went and where the profile is
  --perf                    only podmate, under perf record (kernel included)
`;

/** Reads the command line of the benchmark; null if help was asked for. Throws on what it does not know. */
export function parseBenchOptions(args: readonly string[]): BenchOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", short: "h" },
      scenario: { type: "string" },
      peers: { type: "string", default: "podmate,twemproxy" },
      workers: { type: "string", default: "1,2" },
      seconds: { type: "string" },
      warmup: { type: "string" },
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      "podmate-command": { type: "string" },
      "memcached-proxy": { type: "string" },
      json: { type: "string" },
      write: { type: "boolean", default: false },
      profile: { type: "boolean", default: false },
      perf: { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  if (values.write && values.quick) throw new RangeError("--write is for full runs, not for --quick");
  const once = values.quick || values.profile || values.perf;
  const profile = values.perf ? "perf" : values.profile ? "cpu-prof" : null;
  const memcachedProxy = values["memcached-proxy"] ?? null;
  const command = values["podmate-command"]?.trim().split(/\s+/);
  return {
    seconds: inRange("seconds", values.seconds ?? (values.quick ? "1" : "3"), 0.1, 3600),
    warmup: inRange("warmup", values.warmup ?? (values.quick ? "0.5" : "2"), 0, 3600),
    rounds: whole("rounds", values.rounds ?? (once ? "1" : "5"), 1, 1000),
    scenarios: chosenScenarios(values.scenario),
    peers: profile === null ? chosenPeers(values.peers, memcachedProxy !== null) : ["podmate"],
    workers: list(profile === null ? values.workers : "1").map((count) => whole("workers", count, 1, 1024)),
    podmateCommand: command ?? null,
    memcachedProxy,
    json: values.json ?? null,
    write: values.write,
    profile,
  };
}

function chosenScenarios(text: string | undefined): readonly Scenario[] {
  if (text === undefined) return scenarios;
  return list(text).map((id) => {
    const scenario = scenarios.find((one) => one.id === id);
    if (scenario === undefined) throw new RangeError(`--scenario: no scenario is named "${id}"`);
    return scenario;
  });
}

function chosenPeers(text: string, withMemcachedProxy: boolean): readonly PeerName[] {
  const names = list(text);
  if (withMemcachedProxy) names.push("memcached-proxy");
  const chosen = new Set(
    names.map((name) => {
      const peer = peerNames.find((one) => one === name);
      if (peer === undefined) throw new RangeError(`--peers: no peer is named "${name}"`);
      return peer;
    }),
  );
  if (chosen.has("memcached-proxy") && !withMemcachedProxy)
    throw new RangeError("--memcached-proxy is missing");
  return [...chosen];
}

function list(text: string): string[] {
  return text.split(",").map((part) => part.trim());
}
