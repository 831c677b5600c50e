import { getHeapStatistics } from "node:v8";
import type { Cancel, Clock } from "../core/clock.ts";
import { record } from "./histogram.ts";
import { watchLoopDelay } from "./loop-delay.ts";
import { WORKER } from "./metric-layout.ts";

/**
 * Writes what a worker thread knows of itself into its block, until cancelled; `beat` is called each time, five times a
 * second while the event loop comes round.
 */
export function countThread(block: Float64Array, clock: Clock, beat: () => void): Cancel {
  return watchLoopDelay(clock, (delay) => {
    beat();
    record(block, WORKER.eventLoopDelay, delay * 1000);
    block[WORKER.heapUsedBytes] = getHeapStatistics().used_heap_size;
  });
}
