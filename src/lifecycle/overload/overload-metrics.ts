import { overloadSignal, type SheddingLevel, sheddingLevel } from "../../observe/metric-labels.ts";
import { OVERLOAD } from "../../observe/metric-layout.ts";
import type { MetricRegistry } from "../../observe/metric-registry.ts";
import type { Assessment } from "./assessment.ts";
import type { MemoryUse } from "./cgroup.ts";

/** Counts what is refused for overload, why, and since when. */
export class OverloadMetrics {
  readonly #block: Float64Array;

  constructor(metrics: MetricRegistry) {
    this.#block = metrics.block("overload", "");
    this.#block[OVERLOAD.shedding + sheddingLevel.none] = 1;
  }

  assessed({ pressure, signals }: Assessment, memory: MemoryUse | null): void {
    this.#block[OVERLOAD.pressure] = pressure;
    for (const { signal, pressure } of signals) {
      this.#block[OVERLOAD.signalPressure + overloadSignal[signal]] = pressure;
    }
    this.#block[OVERLOAD.memoryUsedBytes] = memory?.used ?? 0;
    this.#block[OVERLOAD.memoryLimitBytes] = memory?.limit ?? 0;
  }

  changed(from: SheddingLevel, to: SheddingLevel): void {
    this.#block[OVERLOAD.shedding + sheddingLevel[from]] = 0;
    this.#block[OVERLOAD.shedding + sheddingLevel[to]] = 1;
    this.#block[OVERLOAD.changes + sheddingLevel[to]]! += 1;
  }

  warned(): void {
    this.#block[OVERLOAD.memoryWarnings]! += 1;
  }

  yields(): void {
    this.#block[OVERLOAD.yields]! += 1;
  }
}
