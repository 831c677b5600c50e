import { getHeapStatistics } from "node:v8";
import type { Cancel, Clock } from "../core/clock.ts";
import { loadFs } from "../core/lazy-builtins.ts";
import { record } from "./histogram.ts";
import { watchLoopDelay } from "./loop-delay.ts";
import { metricKey } from "./metric-key.ts";
import { type Outcome, outcome } from "./metric-labels.ts";
import { BUILD, PROCESS } from "./metric-layout.ts";
import type { MetricRegistry } from "./metric-registry.ts";
import { residentMemory } from "./resident-memory.ts";
import type { ProcessUsage } from "./traffic-history.ts";

/** What the process tells of itself. Numbers of the system are read when asked for, not by a timer. */
export class ProcessMetrics {
  readonly #block: Float64Array;

  /** `version` is podmate's own. */
  constructor(metrics: MetricRegistry, version: string) {
    metrics.block("build", metricKey(version, process.versions.node))[BUILD.info] = 1;
    this.#block = metrics.block("process", "");
    this.#block[PROCESS.startTimeSeconds] = Date.now() / 1000 - process.uptime();
  }

  /** Measures how late the main thread is, until cancelled. */
  watch(clock: Clock): Cancel {
    return watchLoopDelay(clock, (delay) => record(this.#block, PROCESS.eventLoopDelay, delay * 1000));
  }

  /** Call before each scrape. Takes the log's count of lines that were never written. */
  async update({
    suppressed,
    dropped,
  }: {
    readonly suppressed: number;
    readonly dropped: number;
  }): Promise<void> {
    const { user, system } = process.cpuUsage();
    const { active, idle } = performance.eventLoopUtilization();
    this.#block[PROCESS.cpuSeconds] = (user + system) / 1e6;
    this.#block[PROCESS.residentMemoryBytes] = residentMemory();
    this.#block[PROCESS.heapUsedBytes] = getHeapStatistics().used_heap_size;
    this.#block[PROCESS.eventLoopActiveSeconds] = active / 1000;
    this.#block[PROCESS.eventLoopIdleSeconds] = idle / 1000;
    this.#block[PROCESS.logLinesSuppressed] = suppressed;
    this.#block[PROCESS.logLinesDropped] = dropped;
    this.#block[PROCESS.openFds] = await openDescriptors();
    this.#block[PROCESS.maxFds] ||= await mostDescriptors();
  }

  /** A configuration came into force; `at` is ms since the epoch. */
  applied(version: number, at: number): void {
    this.#block[PROCESS.configVersion] = version;
    this.#block[PROCESS.configAppliedSeconds] = at / 1000;
  }

  reloaded(result: Outcome): void {
    this.#block[PROCESS.configReloads + outcome[result]]! += 1;
  }
}

/** What the whole process has used up, and holds. */
export function processUsage(): ProcessUsage {
  const { user, system } = process.cpuUsage();
  return { cpuSeconds: (user + system) / 1e6, residentMemory: residentMemory() };
}

/** 0 where there is no /proc. */
async function openDescriptors(): Promise<number> {
  // Without the one that the listing itself takes.
  const { readdir } = loadFs().promises;
  return readdir("/proc/self/fd").then(
    (names) => names.length - 1,
    () => 0,
  );
}

/** 0 where there is no /proc, or no limit. */
async function mostDescriptors(): Promise<number> {
  const { readFile } = loadFs().promises;
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
  return Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? 0);
}
