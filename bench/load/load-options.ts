import { parseArgs } from "node:util";

/** What one load run does. Times in seconds unless the name says otherwise, sizes in bytes. */
export interface LoadOptions {
  readonly host: string;
  readonly port: number;
  readonly clients: number;
  /** Requests a client sends in one write before it waits for all their answers. */
  readonly depth: number;
  readonly keysPerGet: number;
  readonly valueSize: number;
  /** Share of requests that are sets, 0..1. */
  readonly setRatio: number;
  readonly keys: number;
  readonly prefix: string;
  readonly seed: number;
  /** Set every key once before anything is measured. */
  readonly preload: boolean;
  readonly warmup: number;
  readonly seconds: number;
  /** End after this many answers, if that comes before the end of `seconds`; 0: no such end. */
  readonly requests: number;
  /** Longest wait for the answers to one batch, in ms; then the connection is given up. 0: wait for ever. */
  readonly timeout: number;
  readonly verifyAll: boolean;
  /** Processes whose CPU time is taken at both ends of the measured phase; empty: none. */
  readonly watch: readonly number[];
  /** Print the counts so far every so many seconds; 0: never. */
  readonly progress: number;
}

export const loadHelp = `usage: node bench/load/memcache-load.ts --port PORT [options]

Sends gets and sets to a memcache server or proxy, checks every answer against its key, and prints one line of JSON.

  --host HOST         127.0.0.1
  --port PORT         where to connect
  --clients N         connections (50)
  --depth N           requests per write; the client then waits for all answers (1: one request at a time)
  --keys-per-get N    keys in every get (1)
  --value-size BYTES  size of the values (100)
  --sets RATIO        share of sets, 0..1 (0.1)
  --keys N            number of distinct keys (10000)
  --prefix TEXT       beginning of the keys (session:user:profile:), followed by nine digits
  --seed N            of the order of keys and of which requests are sets (1)
  --preload           set every key once first
  --warmup SECONDS    load that is not measured (0)
  --seconds SECONDS   measured load (5)
  --requests N        end after N answers
  --timeout MS        give a connection up when answers take longer (5000; 0: never)
  --verify-all        compare every value in full, not one of 64 (length and first bytes are always checked)
  --watch PIDS        report the CPU time of these processes (comma-separated) in the measured phase
  --progress SECONDS  print the counts so far on standard error
`;

/** Reads the command line of the load generator; null if help was asked for. Throws on what it does not know. */
export function parseLoadOptions(args: readonly string[]): LoadOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", short: "h" },
      host: { type: "string", default: "127.0.0.1" },
      port: { type: "string" },
      clients: { type: "string", default: "50" },
      depth: { type: "string", default: "1" },
      "keys-per-get": { type: "string", default: "1" },
      "value-size": { type: "string", default: "100" },
      sets: { type: "string", default: "0.1" },
      keys: { type: "string", default: "10000" },
      prefix: { type: "string", default: "session:user:profile:" },
      seed: { type: "string", default: "1" },
      preload: { type: "boolean", default: false },
      warmup: { type: "string", default: "0" },
      seconds: { type: "string", default: "5" },
      requests: { type: "string", default: "0" },
      timeout: { type: "string", default: "5000" },
      "verify-all": { type: "boolean", default: false },
      watch: { type: "string" },
      progress: { type: "string", default: "0" },
    },
  });
  if (values.help) return null;
  if (values.port === undefined) throw new RangeError("--port is missing");
  return {
    host: values.host,
    port: whole("port", values.port, 1, 65535),
    clients: whole("clients", values.clients, 1, 100_000),
    depth: whole("depth", values.depth, 1, 10_000),
    keysPerGet: whole("keys-per-get", values["keys-per-get"], 1, 1000),
    valueSize: whole("value-size", values["value-size"], 1, 64 * 1024 * 1024),
    setRatio: inRange("sets", values.sets, 0, 1),
    keys: whole("keys", values.keys, 1, 10_000_000),
    prefix: values.prefix,
    seed: whole("seed", values.seed, 0, 2 ** 31 - 1),
    preload: values.preload,
    warmup: inRange("warmup", values.warmup, 0, 3600),
    seconds: inRange("seconds", values.seconds, 0.01, 86_400),
    requests: whole("requests", values.requests, 0, Number.MAX_SAFE_INTEGER),
    timeout: whole("timeout", values.timeout, 0, 3_600_000),
    verifyAll: values["verify-all"],
    watch: processIds(values.watch),
    progress: inRange("progress", values.progress, 0, 3600),
  };
}

/** Process ids of a comma-separated list for the option `--watch`; none where it is missing. */
export function processIds(list: string | undefined): number[] {
  return list === undefined ? [] : list.split(",").map((text) => whole("watch", text, 1, 2 ** 31 - 1));
}

/** The number that `text` says, or a RangeError that names the option. */
export function inRange(option: string, text: string, least: number, most: number): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= least && value <= most) return value;
  throw new RangeError(`--${option} is a number from ${least} to ${most}, not "${text}"`);
}

/** The whole number that `text` says, or a RangeError that names the option. */
export function whole(option: string, text: string, least: number, most: number): number {
  const value = inRange(option, text, least, most);
  if (Number.isInteger(value)) return value;
  throw new RangeError(`--${option} is a whole number, not "${text}"`);
}
