import type { Faults } from "./faults.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { patienceMs, within } from "./patience.ts";
import type { Progress } from "./progress.ts";
import type { ServerProcess } from "./server-process.ts";
import { poll, type SoakDaemon } from "./soak-daemon.ts";
import type { SoakOptions } from "./soak-options.ts";
import type { SoakTally } from "./soak-tally.ts";

const settleMs = 15_000;

/** A soak that has been set up: podmate runs with its servers, and has no client yet. */
export interface SoakSetup<Tally extends SoakTally = SoakTally> {
  readonly daemon: SoakDaemon;
  readonly servers: readonly ServerProcess[];
  readonly progress: Progress;
  readonly tally: Tally;
  readonly faults: Pick<Faults, "round">;
  /** Names of metrics that must be 0 once the last client is gone. */
  readonly gauges: readonly string[];
  /** Runs client `number` until the progress stops. */
  client(number: number): Promise<void>;
  /** Lines of the report that this kind of soak has of its own; `total` adds up a metric over all its samples. */
  facts(total: (metric: string) => number): readonly (readonly [name: string, fact: string])[];
  /** What else makes it a failure, in words. */
  failures(): readonly string[];
}

/** How a soak went. Memory in KiB. */
export interface SoakResult<Tally extends SoakTally = SoakTally> {
  readonly seconds: number;
  readonly tally: Tally;
  readonly facts: readonly (readonly [name: string, fact: string])[];
  readonly failures: readonly string[];
  readonly residentMemory: readonly number[];
  /** Samples of gauges that did not come back to 0, as Prometheus text. */
  readonly leftOver: readonly string[];
  /** Lines of the log that tell of an error. */
  readonly errorLines: readonly string[];
  readonly workerRestarts: number;
  readonly exitCode: number | null;
}

/** Runs one soak to its end. Rejects if the set-up fails, or podmate does not end. */
export async function soak<Tally extends SoakTally>(
  options: SoakOptions,
  setUp: (options: SoakOptions) => Promise<SoakSetup<Tally>>,
): Promise<SoakResult<Tally>> {
  const { daemon, servers, progress, tally, faults, ...kind } = await setUp(options);
  const memory = new MemoryWatch(daemon.pid);
  const begin = performance.now();
  const failures: string[] = [];
  const run = async (number: number): Promise<void> => {
    try {
      await kind.client(number);
    } catch (error) {
      failures.push(`client ${number}: ${(error as Error).message}`);
      progress.stop();
    }
  };
  const running = Promise.all(Array.from({ length: options.clients }, (_, number) => run(number)));
  try {
    let rounds = 0;
    do await Promise.race([faults.round(), running]);
    while (
      !progress.stopped &&
      ++rounds !== options.rounds &&
      performance.now() - begin < options.minutes * 60_000
    );
  } catch (error) {
    // A server that is not taken back: what clients have seen until then may tell why.
    failures.push((error as Error).message);
  }
  progress.stop();
  // Each of their waits ends by itself, and says what it was; this is for those that do not.
  await within("end of all clients", running, 3 * patienceMs);
  const seconds = (performance.now() - begin) / 1000;
  memory.stop();
  const leftOver = await settledGauges(daemon, kind.gauges);
  const metrics = await daemon.metrics();
  const exitCode = await daemon.stop();
  await Promise.all(servers.map((server) => server.stop()));
  return {
    seconds,
    tally,
    facts: kind.facts((metric) => total(metrics, metric)),
    failures: [...failures, ...kind.failures()],
    residentMemory: memory.samples,
    leftOver,
    errorLines: daemon.errorLines,
    workerRestarts: total(metrics, "podmate_worker_restarts_total"),
    exitCode,
  };
}

/** Gives late answers and closing connections their time; resolves to the samples that are not 0 even then. */
async function settledGauges(daemon: SoakDaemon, gauges: readonly string[]): Promise<readonly string[]> {
  let left: string[] = [];
  const settled = poll(settleMs, "", async () => {
    left = (await daemon.metrics())
      .split("\n")
      .filter((line) => gauges.some((gauge) => line.startsWith(`${gauge}{`)) && !line.endsWith(" 0"));
    return left.length === 0;
  });
  await settled.catch(() => undefined);
  return left;
}

function total(metrics: string, name: string): number {
  const lines = metrics.split("\n").filter((line) => line.startsWith(name));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}
