import { metricKey } from "./metric-key.ts";
import { type Outcome, outcome } from "./metric-labels.ts";
import { BUILD, PROCESS } from "./metric-layout.ts";
import type { MetricRegistry } from "./metric-registry.ts";

/** What the process tells of itself. Numbers of the system are read when asked for, not by a timer. */
export class ProcessMetrics {
  readonly #block: Float64Array;

  /** `version` is podmate's own. */
  constructor(metrics: MetricRegistry, version: string) {
    metrics.block("build", metricKey(version, process.versions.node))[BUILD.info] = 1;
    this.#block = metrics.block("process", "");
    this.#block[PROCESS.startTimeSeconds] = Date.now() / 1000 - process.uptime();
  }

  /** Call before each scrape. `suppressedLines` comes from the logger. */
  update(suppressedLines: number): void {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    this.#block[PROCESS.cpuSeconds] = (user + system) / 1e6;
    this.#block[PROCESS.residentMemoryBytes] = rss;
    this.#block[PROCESS.heapUsedBytes] = heapUsed;
    this.#block[PROCESS.logLinesSuppressed] = suppressedLines;
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
