import t from "tap";
import { EventLoopLag } from "../../../src/lifecycle/overload/event-loop-lag.ts";
import { threadLoops } from "../../../src/lifecycle/overload/thread-loops.ts";
import { record } from "../../../src/observe/histogram.ts";
import { PROCESS, WORKER } from "../../../src/observe/metric-layout.ts";
import { allocateBlock, MetricRegistry } from "../../../src/observe/metric-registry.ts";

t.test("the workers that run are looked at, not those that have died, nor the main thread", (t) => {
  const metrics = new MetricRegistry();
  const begin = () => {
    const memory = allocateBlock("worker");
    metrics.adopt("worker", "0", 0, memory);
    return new Float64Array(memory);
  };
  const lag = new EventLoopLag();
  const first = begin();
  const main = metrics.block("process", "");
  const look = (now: number) => lag.look(threadLoops(metrics), now);
  look(0);
  for (const now of [1_000, 2_000]) {
    record(first, WORKER.eventLoopDelay, 300_000);
    record(main, PROCESS.eventLoopDelay, 900_000);
    look(now);
  }
  record(first, WORKER.eventLoopDelay, 300_000);
  record(main, PROCESS.eventLoopDelay, 900_000);
  t.equal(look(3_000), 300);

  metrics.retire(0);
  metrics.block("worker", "0")[WORKER.restarts]! += 1;
  record(main, PROCESS.eventLoopDelay, 900_000);
  t.equal(look(4_000), 0, "nobody is there, and the main thread does not count");
  const second = begin();
  record(main, PROCESS.eventLoopDelay, 900_000);
  t.equal(look(5_000), 0, "nothing is known of the new one yet");
  for (const now of [6_000, 7_000]) {
    record(second, WORKER.eventLoopDelay, 500_000);
    record(main, PROCESS.eventLoopDelay, 900_000);
    look(now);
  }
  record(second, WORKER.eventLoopDelay, 500_000);
  t.equal(look(8_000), 500);
  t.end();
});
