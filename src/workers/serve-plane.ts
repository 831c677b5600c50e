import type { MessagePort } from "node:worker_threads";
import type { Inspection } from "../observe/thread-inspector.ts";
import type { FromWorker, Order, Plane, Task, ToWorker } from "./messages.ts";

/**
 * The worker's end of the conversation: does what the main thread asks of `plane`, one task after the other in
 * the order of arrival, so that two snapshots never overtake each other.
 */
export function servePlane<Snapshot, Update>(port: MessagePort, plane: Plane<Snapshot, Update>): void {
  let last: Promise<void> = Promise.resolve();

  port.on("message", (message: ToWorker<Snapshot, Update>) => {
    if (message.type === "order") follow(message.order);
    else if (message.type === "task") take(message.id, message.task);
  });

  function take(id: number, task: Task<Snapshot>): void {
    // A drain lasts as long as the clients do; what is asked meanwhile must not wait for it.
    if (task.do === "apply") last = last.then(() => answer(id, task));
    else void answer(id, task);
  }

  async function answer(id: number, task: Task<Snapshot>): Promise<void> {
    try {
      say({ type: "done", id, result: await perform(task) });
    } catch (error) {
      say({ type: "failed", id, reason: error instanceof Error ? error.message : String(error) });
    }
  }

  function perform(task: Task<Snapshot>): unknown {
    switch (task.do) {
      case "apply":
        return plane.apply(task.snapshot);
      case "drain":
        return plane.drain();
      case "close":
        return plane.close();
      case "connections":
        return plane.connections(task.query);
      case "load":
        return plane.load();
      case "hotKeys":
        return plane.hotKeys();
      case "inspect":
        return inspect(task.inspection);
    }
  }

  function follow(order: Order<Update>): void {
    switch (order.do) {
      case "update":
        for (const update of order.updates) plane.update(update);
        break;
      case "pressure":
        plane.setPressure(order.pressure, order.yielded);
        break;
      case "pause":
        plane.pause();
        break;
      case "resume":
        plane.resume();
        break;
    }
  }

  function say(message: FromWorker<never>): void {
    port.postMessage(message);
  }
}

/** Loaded when somebody looks: few threads are ever looked at. */
async function inspect(inspection: Inspection): Promise<unknown> {
  const { inspectThread } = await import("../observe/thread-inspector.ts");
  return inspectThread(inspection);
}
