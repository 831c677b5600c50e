import { CommandMix } from "./command-mix.ts";
import { Faults } from "./faults.ts";
import { MemcachedServer } from "./memcached-server.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { Progress } from "./progress.ts";
import { Random } from "./random.ts";
import { SoakClient } from "./soak-client.ts";
import { poll, type SoakConfig, SoakDaemon } from "./soak-daemon.ts";
import type { SoakOptions } from "./soak-options.ts";
import { SoakTally } from "./soak-tally.ts";

const serverCount = 5;
const settleMs = 15_000;
/** What must be 0 once the last client is gone. */
const gauges = [
  "podmate_listener_open_connections",
  "podmate_listener_buffered_bytes",
  "podmate_pool_requests_in_flight",
  "podmate_server_requests_in_flight",
  "podmate_server_queued_bytes",
] as const;

/** How a soak went. Memory in KiB. */
export interface SoakResult {
  readonly seconds: number;
  readonly tally: SoakTally;
  readonly residentMemory: readonly number[];
  /** Samples of gauges that did not come back to 0, as Prometheus text. */
  readonly leftOver: readonly string[];
  /** Lines of the log that tell of an error. */
  readonly errorLines: readonly string[];
  readonly workerRestarts: number;
  /** Answers that podmate dropped because their request had timed out. */
  readonly lateAnswers: number;
  readonly exitCode: number | null;
}

/** Runs one soak to its end. Rejects if the set-up fails, a server is not taken back, or podmate does not end. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const random = new Random(options.seed);
  const servers = await Promise.all(Array.from({ length: serverCount }, () => MemcachedServer.start()));
  const config: SoakConfig = {
    connections: 1,
    servers: servers.slice(1).map(({ port }) => ({ port, weight: 1, drain: false })),
  };
  const daemon = await SoakDaemon.start(options, config);
  const progress = new Progress();
  const tally = new SoakTally();
  const memory = new MemoryWatch(daemon.pid);
  const begin = performance.now();
  const context = { port: daemon.port, progress, tally };
  const clients = Array.from({ length: options.clients }, (_, number) => {
    const own = new Random(options.seed * 1000 + number + 1);
    return new SoakClient(context, new CommandMix(number, own), own).run();
  });
  const faults = new Faults({ servers, daemon, progress, tally, random, step: options.step, config });
  const running = Promise.all(clients);
  try {
    let rounds = 0;
    do await Promise.race([faults.round(), running]);
    while (++rounds !== options.rounds && performance.now() - begin < options.minutes * 60_000);
  } finally {
    progress.stop();
  }
  await running;
  const seconds = (performance.now() - begin) / 1000;
  memory.stop();
  const leftOver = await settledGauges(daemon);
  const metrics = await daemon.metrics();
  const exitCode = await daemon.stop();
  await Promise.all(servers.map((server) => server.stop()));
  return {
    seconds,
    tally,
    residentMemory: memory.samples,
    leftOver,
    errorLines: daemon.errorLines,
    workerRestarts: total(metrics, "podmate_worker_restarts_total"),
    lateAnswers: total(metrics, "podmate_server_late_answers_total"),
    exitCode,
  };
}

/** Gives late answers and closing connections their time; resolves to the samples that are not 0 even then. */
async function settledGauges(daemon: SoakDaemon): Promise<readonly string[]> {
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
