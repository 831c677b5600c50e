import { Worker } from "node:worker_threads";
import t, { type Test } from "tap";
import { histogramCount } from "../src/observe/histogram.ts";
import { SERVER, WORKER } from "../src/observe/metric-layout.ts";
import type { FromWorker, ToWorker } from "../src/workers/messages.ts";
import { Pulse } from "../src/workers/pulse.ts";
import { planeSnapshot } from "./support/plane.ts";
import { serverOptions } from "./support/pools.ts";
import { until } from "./support/until.ts";

type Said = FromWorker<unknown>;

/** A data-plane thread, with the blocks that it has sent by key. */
class Thread {
  readonly blocks = new Map<string, Float64Array>();
  readonly pulse = new Pulse();
  readonly #worker = new Worker(new URL("../src/worker.ts", import.meta.url), { workerData: { index: 0 } });
  #done: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(t: Test) {
    t.teardown(() => this.#worker.terminate());
    this.#worker.on("message", (said: Said) => this.#hear(said));
    this.tell({ type: "begin", settings: { reusePort: false }, pulse: this.pulse.memory });
  }

  tell(message: ToWorker<unknown, unknown>): void {
    this.#worker.postMessage(message);
  }

  /** Takes a pool of these servers into force. */
  async apply(...names: readonly string[]): Promise<void> {
    const servers = names.map((name) => serverOptions(name, 1, { name }));
    const snapshot = planeSnapshot([], { pool: { servers, preconnect: false } });
    this.#done = Promise.withResolvers();
    this.tell({ type: "task", id: 1, task: { do: "apply", snapshot } });
    await this.#done.promise;
  }

  #hear(said: Said): void {
    if (said.type === "block") this.blocks.set(said.key, new Float64Array(said.block));
    if (said.type === "done") this.#done.resolve();
    if (said.type === "failed") this.#done.reject(new Error(said.reason));
  }
}

t.test("a server that comes back goes on counting, until it has been forgotten", async (t) => {
  const thread = new Thread(t);
  const errors = () => thread.blocks.get("pool/x")?.[SERVER.errors];
  await thread.apply("x", "y");
  thread.blocks.get("pool/x")![SERVER.errors] = 7;
  await thread.apply("y");
  await thread.apply("x", "y");
  t.equal(errors(), 7);

  await thread.apply("y");
  thread.tell({ type: "forget", entity: "server", keys: ["pool/x"] });
  await thread.apply("x", "y");
  t.equal(errors(), 0);
});

t.test("a thread counts how late its event loop is, and what its heap takes", async (t) => {
  const thread = new Thread(t);
  await thread.apply("x");
  const own = () => thread.blocks.get("0");
  await until(() => (own()?.[WORKER.heapUsedBytes] ?? 0) > 0);
  t.ok(histogramCount(own()!, WORKER.eventLoopDelay) > 0);
});

t.test("a thread gives signs of life", async (t) => {
  const thread = new Thread(t);
  for (let i = 0; i < 2; i++) {
    await until(() => thread.pulse.hasMoved);
    t.equal(thread.pulse.look(500), 0);
  }
});
