import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "./core/clock.ts";
import { compileAddressCheck } from "./core/compile-address-check.ts";
import { shrinkHeap } from "./core/shrink-heap.ts";
import { LogThrottle } from "./observe/log-throttle.ts";
import { allocateBlock } from "./observe/metric-registry.ts";
import type { Entity } from "./observe/metric-table.ts";
import { countThread } from "./observe/thread-metrics.ts";
import { DataPlane } from "./proxy/data-plane.ts";
import type { DataPlaneHost, DataPlaneSettings } from "./proxy/data-plane-host.ts";
import type { ServerReport } from "./upstream/health/server-report.ts";
import type { Beginning, Forgetting, FromWorker } from "./workers/messages.ts";
import { beat } from "./workers/pulse.ts";
import { servePlane } from "./workers/serve-plane.ts";

/** Composition root of a data-plane thread: a data plane, and the main thread as its host. */

const main = parentPort;
if (main === null) throw new Error("worker.ts runs in a worker thread only");

/** Counters of this thread; they outlive snapshots, so that no counter goes back, until the main thread forgets them. */
const blocks = new Map<string, SharedArrayBuffer>();

/** When the start is over, and traffic has come if there is any, in ms. */
const settled = 1_000;

/** Here and not on the main thread, so that a storm costs no messages either. */
const throttle = new LogThrottle(
  (level, fields, message) => say({ type: "log", level, fields, message }),
  systemClock,
);

const host: DataPlaneHost = {
  block: openBlock,
  log: throttle.log,
  report: (report) => say({ type: "report", report }),
  access: (entries) => say({ type: "access", entries }),
};

function openBlock(entity: Entity, key: string): Float64Array {
  const id = `${entity} ${key}`;
  const block = blocks.get(id) ?? allocateBlock(entity);
  blocks.set(id, block);
  // Each time anew: the main thread forgets what a snapshot does not have, and a later one may have it again.
  say({ type: "block", entity, key, block });
  return new Float64Array(block);
}

function say(message: FromWorker<ServerReport>): void {
  main?.postMessage(message);
}

main.on("message", (message: Beginning<DataPlaneSettings> | Forgetting) => {
  if (message.type === "begin") {
    const plane = new DataPlane(host, message.settings);
    servePlane(main, plane);
    // Loading has left garbage. To collect it blocks the thread, which must not delay the start, nor a client.
    systemClock.after(settled, () => plane.load().connections === 0 && shrinkHeap());
    countThread(openBlock("worker", String(workerData.index)), systemClock, beat(message.pulse));
  } else if (message.type === "forget")
    for (const key of message.keys) blocks.delete(`${message.entity} ${key}`);
});

compileAddressCheck();
