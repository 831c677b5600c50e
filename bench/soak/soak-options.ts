import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { inRange, whole } from "../load/load-options.ts";

/** podmate's main module: run from source, and built by `npm run build`. */
export const source = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const build = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

const protocols = ["memcache", "http", "http2"] as const;
export type SoakProtocol = (typeof protocols)[number];

/** What a soak does. */
export interface SoakOptions {
  /** `http2`: half of the clients, and the servers that fail, speak HTTP/2. */
  readonly protocol: SoakProtocol;
  /** The run ends with the first round of faults that ends after this time. */
  readonly minutes: number;
  /** At most this many rounds of faults; 0: as many as the minutes allow. */
  readonly rounds: number;
  /** Answers between two faults, and while one lasts. */
  readonly step: number;
  readonly seed: number;
  readonly clients: number;
  readonly workers: number;
  /** Of memcache: every fourth client sends garbage near the protocol, and a server lies. */
  readonly hostile: boolean;
  /** podmate's main module: from source, or a build. */
  readonly program: string;
}

/** Answers between two faults: of HTTP, fewer come in a second, for they are longer. */
const steps = { memcache: "10000", http: "2000", http2: "2000" } as const;

export const soakHelp = `usage: npm run soak -- [memcache | http | http2] [options]

Mixed traffic through podmate while servers are killed, frozen and restarted, the configuration is reloaded and clients
come and go. Every answer is checked against its request. Exit code 1 if one was wrong or memory grew. memcache if
nothing else is said; http2: http where half of the clients, and the servers that fail, speak HTTP/2.

  --minutes N    how long (4)
  --rounds N     end after so many rounds of faults instead
  --step N       answers between two faults (${steps.memcache}; http and http2: ${steps.http})
  --seed N       other keys, requests and faults for another number (1)
  --clients N    connections (24)
  --workers N    worker threads of podmate (2)
  --hostile      memcache: every fourth client sends garbage near the protocol, to the servers that all share and to
                 one that answers with lies
  --built        run dist/ (npm run build), as the image does, instead of the source
  --program F    run another build, by its main.js
`;

/** Reads the command line of the soak; null if help was asked for. Throws on what it does not know. */
export function parseSoakOptions(args: readonly string[]): SoakOptions | null {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h" },
      minutes: { type: "string", default: "4" },
      rounds: { type: "string", default: "0" },
      step: { type: "string" },
      seed: { type: "string", default: "1" },
      clients: { type: "string", default: "24" },
      workers: { type: "string", default: "2" },
      hostile: { type: "boolean", default: false },
      built: { type: "boolean", default: false },
      program: { type: "string" },
    },
  });
  if (values.help) return null;
  const protocol = protocols.find((one) => one === (positionals[0] ?? "memcache"));
  if (protocol === undefined || positionals.length > 1) {
    throw new Error(`there are soaks of ${protocols.join(", ")}, not of "${positionals.join(" ")}"`);
  }
  if (values.hostile && protocol !== "memcache") throw new Error("--hostile is for the soak of memcache");
  const rounds = whole("rounds", values.rounds, 0, 1_000_000);
  return {
    protocol,
    rounds,
    minutes: rounds > 0 ? Number.POSITIVE_INFINITY : inRange("minutes", values.minutes, 0.01, 100_000),
    step: whole("step", values.step ?? steps[protocol], 1, 1e9),
    seed: whole("seed", values.seed, 0, 2 ** 31 - 1),
    clients: whole("clients", values.clients, 1, 10_000),
    workers: whole("workers", values.workers, 1, 64),
    hostile: values.hostile,
    program: values.program ?? (values.built ? build : source),
  };
}
