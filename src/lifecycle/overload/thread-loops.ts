import { WORKER } from "../../observe/metric-layout.ts";
import type { MetricRegistry } from "../../observe/metric-registry.ts";
import type { LoopBlock } from "./event-loop-lag.ts";

/**
 * Where each worker that runs counts how late its event loop is. The main thread's carries no traffic: who keeps the
 * management interface busy must not have requests refused.
 */
export function threadLoops(metrics: MetricRegistry): LoopBlock[] {
  return metrics.instances("worker").flatMap((worker) => {
    // Not what those before it have counted.
    const block = worker.block(Number(worker.labels["worker"]));
    return block === undefined ? [] : [{ block, offset: WORKER.eventLoopDelay }];
  });
}
