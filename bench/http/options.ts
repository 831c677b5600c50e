import { parseArgs } from "node:util";
import { type BenchOptions, benchFlags, benchHelp, readBenchOptions } from "../support/bench-options.ts";
import { type HttpScenario, scenarios } from "./scenarios.ts";

const peers = ["podmate", "nginx", "haproxy", "http-proxy", "undici", "direct"] as const;
export type PeerName = (typeof peers)[number];

const loadPrograms = ["autocannon", "wrk"] as const;
export type LoadProgram = (typeof loadPrograms)[number];

/** What the HTTP benchmark runs. */
export interface HttpOptions extends BenchOptions<HttpScenario, PeerName> {
  readonly load: LoadProgram;
}

const choices = {
  scenarios,
  peers,
  defaultPeers: ["podmate", "nginx", "haproxy", "http-proxy", "undici"],
} as const;

export const httpHelp = `usage: npm run bench -- http [options]

Four nginx servers behind podmate, nginx, HAProxy, http-proxy, and a proxy of node:http and undici; the same load on
each in turn. The peer "direct" is one of the servers without a proxy.

${benchHelp("http", choices)}  --load PROGRAM            ${loadPrograms.join(" or ")} (${loadPrograms[0]})
`;

/** Reads the command line of the benchmark; null if help was asked for. Throws on what it does not know. */
export function parseHttpOptions(args: readonly string[]): HttpOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: { ...benchFlags, load: { type: "string", default: loadPrograms[0] } },
  });
  if (values.help) return null;
  const load = loadPrograms.find((one) => one === values.load);
  if (load === undefined) throw new RangeError(`--load: no program is named "${values.load}"`);
  return { ...readBenchOptions(values, choices), load };
}
