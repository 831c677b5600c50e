import type { ParseArgsOptionsConfig } from "node:util";
import { inRange, whole } from "../load/load-options.ts";

/** What every benchmark can be told. Times in seconds. */
export interface BenchOptions<Scenario, Peer extends string> {
  readonly seconds: number;
  readonly warmup: number;
  readonly rounds: number;
  readonly scenarios: readonly Scenario[];
  readonly peers: readonly Peer[];
  /** Worker counts of podmate; each is a contender of its own. */
  readonly workers: readonly number[];
  /** Command that stands before `run -c FILE`; null: the build in dist/, made anew. */
  readonly podmateCommand: readonly string[] | null;
  readonly json: string | null;
  readonly write: boolean;
  readonly profile: "cpu-prof" | "perf" | null;
}

/** The flags of every benchmark, for `parseArgs`. */
export const benchFlags = {
  help: { type: "boolean", short: "h" },
  scenario: { type: "string" },
  peers: { type: "string" },
  workers: { type: "string", default: "1,2" },
  seconds: { type: "string" },
  warmup: { type: "string" },
  rounds: { type: "string" },
  quick: { type: "boolean", default: false },
  "podmate-command": { type: "string" },
  json: { type: "string" },
  write: { type: "boolean", default: false },
  profile: { type: "boolean", default: false },
  perf: { type: "boolean", default: false },
} as const satisfies ParseArgsOptionsConfig;

/** The values of `benchFlags` as `parseArgs` gives them. */
export interface BenchFlagValues {
  readonly scenario?: string | undefined;
  readonly peers?: string | undefined;
  readonly workers: string;
  readonly seconds?: string | undefined;
  readonly warmup?: string | undefined;
  readonly rounds?: string | undefined;
  readonly quick: boolean;
  readonly "podmate-command"?: string | undefined;
  readonly json?: string | undefined;
  readonly write: boolean;
  readonly profile: boolean;
  readonly perf: boolean;
}

/** What may be named on the command line of a benchmark; the first of the peers must be podmate. */
export interface BenchChoices<Scenario, Peer extends string> {
  readonly scenarios: readonly Scenario[];
  readonly peers: readonly Peer[];
  readonly defaultPeers: readonly Peer[];
}

/** Help for `benchFlags`; `name` is the benchmark's and that of the files it writes. */
export function benchHelp(name: string, choices: BenchChoices<{ readonly id: string }, string>): string {
  return `  --scenario NAMES          comma-separated; all: ${choices.scenarios.map(({ id }) => id).join(",")}
  --peers NAMES             comma-separated, of ${choices.peers.join(",")}
                            (${choices.defaultPeers.join(",")})
  --workers COUNTS          worker threads of podmate, comma-separated (1,2)
  --seconds SECONDS         measured time per round (3)
  --warmup SECONDS          load before the first round of each scenario (2)
  --rounds N                rounds per scenario (5)
  --quick                   1 round of 1 second, short warm-up: shows that it works, not how fast it is
  --podmate-command CMD     start podmate by this command instead of building and running dist/
  --json FILE               write all samples to FILE
  --write                   write bench/${name}.results.json, bench/${name}.svg and the tables of bench/README.md
  --profile                 only podmate, with --cpu-prof; prints where the time went and where the profile is
  --perf                    only podmate, under perf record (kernel included)
`;
}

/** What the flags ask for. Throws on names that the benchmark does not know and on numbers out of range. */
export function readBenchOptions<Scenario extends { readonly id: string }, Peer extends string>(
  values: BenchFlagValues,
  choices: BenchChoices<Scenario, Peer>,
): BenchOptions<Scenario, Peer> {
  if (values.write && values.quick) throw new RangeError("--write is for full runs, not for --quick");
  const once = values.quick || values.profile || values.perf;
  const profile = values.perf ? "perf" : values.profile ? "cpu-prof" : null;
  const command = values["podmate-command"]?.trim().split(/\s+/);
  return {
    seconds: inRange("seconds", values.seconds ?? (values.quick ? "1" : "3"), 0.1, 3600),
    warmup: inRange("warmup", values.warmup ?? (values.quick ? "0.5" : "2"), 0, 3600),
    rounds: whole("rounds", values.rounds ?? (once ? "1" : "5"), 1, 1000),
    scenarios: chosenScenarios(values.scenario, choices.scenarios),
    peers: profile === null ? chosenPeers(values.peers, choices) : choices.peers.slice(0, 1),
    workers: list(profile === null ? values.workers : "1").map((count) => whole("workers", count, 1, 1024)),
    podmateCommand: command ?? null,
    json: values.json ?? null,
    write: values.write,
    profile,
  };
}

function chosenScenarios<Scenario extends { readonly id: string }>(
  text: string | undefined,
  scenarios: readonly Scenario[],
): readonly Scenario[] {
  if (text === undefined) return scenarios;
  return list(text).map((id) => {
    const scenario = scenarios.find((one) => one.id === id);
    if (scenario === undefined) throw new RangeError(`--scenario: no scenario is named "${id}"`);
    return scenario;
  });
}

function chosenPeers<Peer extends string>(
  text: string | undefined,
  choices: BenchChoices<unknown, Peer>,
): readonly Peer[] {
  if (text === undefined) return choices.defaultPeers;
  const chosen = list(text).map((name) => {
    const peer = choices.peers.find((one) => one === name);
    if (peer === undefined) throw new RangeError(`--peers: no peer is named "${name}"`);
    return peer;
  });
  return [...new Set(chosen)];
}

function list(text: string): string[] {
  return text.split(",").map((part) => part.trim());
}
