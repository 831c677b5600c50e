import { PROCESS, WORKER } from "../../observe/metric-layout.ts";
import type { MetricRegistry } from "../../observe/metric-registry.ts";
import type { LoopBlock } from "./event-loop-lag.ts";

/** Where the main thread and each worker that runs count how late their event loops are. */
export function threadLoops(metrics: MetricRegistry): LoopBlock[] {
  const workers = metrics.instances("worker").flatMap((worker) => {
    // Not what those before it have counted.
    const block = worker.block(Number(worker.labels["worker"]));
    return block === undefined ? [] : [{ block, offset: WORKER.eventLoopDelay }];
  });
  return [...workers, { block: metrics.block("process", ""), offset: PROCESS.eventLoopDelay }];
}
