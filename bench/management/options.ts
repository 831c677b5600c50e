import { parseArgs } from "node:util";
import { inRange, whole } from "../load/load-options.ts";

const protocols = ["memcache", "http"] as const;
export type Protocol = (typeof protocols)[number];

/** What the management benchmark runs. Times in seconds. */
export interface ManagementOptions {
  readonly seconds: number;
  readonly warmup: number;
  readonly rounds: number;
  readonly protocols: readonly Protocol[];
  /** Clients of each kind that keep the interface busy. */
  readonly each: number;
  readonly podmateCommand: readonly string[] | null;
  readonly json: string | null;
}

export const managementHelp = `usage: npm run bench -- management [options]

What clients of the management interface can do to traffic: the same load on three podmates in turn, one whose management
interface is left alone, one beside another podmate whose interface is kept busy, and one whose own is.

  --protocol NAMES          comma-separated; all: ${protocols.join(",")}
  --each N                  clients of each of the seven kinds that keep the interface busy (8)
  --seconds SECONDS         measured time per round (3)
  --warmup SECONDS          load before the first round (2)
  --rounds N                rounds (5)
  --quick                   1 round of 1 second, short warm-up: shows that it works, not how fast it is
  --podmate-command CMD     start podmate by this command instead of building and running dist/
  --json FILE               write all samples to FILE
`;

/** Reads the command line of the benchmark; null if help was asked for. Throws on what it does not know. */
export function parseManagementOptions(args: readonly string[]): ManagementOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", short: "h" },
      protocol: { type: "string", default: protocols.join(",") },
      each: { type: "string", default: "8" },
      seconds: { type: "string" },
      warmup: { type: "string" },
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      "podmate-command": { type: "string" },
      json: { type: "string" },
    },
  });
  if (values.help) return null;
  const { quick } = values;
  return {
    seconds: inRange("seconds", values.seconds ?? (quick ? "1" : "3"), 0.1, 3600),
    warmup: inRange("warmup", values.warmup ?? (quick ? "0.5" : "2"), 0, 3600),
    rounds: whole("rounds", values.rounds ?? (quick ? "1" : "5"), 1, 1000),
    protocols: values.protocol.split(",").map(protocolOf),
    each: whole("each", values.each, 1, 1000),
    podmateCommand: values["podmate-command"]?.trim().split(/\s+/) ?? null,
    json: values.json ?? null,
  };
}

function protocolOf(name: string): Protocol {
  const protocol = protocols.find((one) => one === name.trim());
  if (protocol === undefined) throw new RangeError(`--protocol: there is no "${name}"`);
  return protocol;
}
