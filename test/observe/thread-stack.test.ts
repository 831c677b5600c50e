// Is it told what a thread is doing that never returns to its event loop?
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import t, { type Test } from "tap";
import { systemClock } from "../../src/core/clock.ts";
import { threadStack } from "../../src/observe/thread-stack.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { patience } from "../support/patience.ts";

async function startThread(t: Test, code: string): Promise<Worker> {
  const worker = new Worker(
    `const up = () => require("node:worker_threads").parentPort.postMessage("up");
${code}`,
    {
      eval: true,
    },
  );
  t.teardown(() => worker.terminate());
  await once(worker, "message");
  return worker;
}

t.test("a thread that spins", async (t) => {
  const other = await startThread(t, "up(); setInterval(() => {}, 1000);");
  const worker = await startThread(
    t,
    "function inner() { up(); for (let i = 0; ; i++); }\nfunction outer() { inner(); }\nouter();",
  );
  const stack = await threadStack(worker.threadId, patience, systemClock);
  t.match(stack?.slice(0, 2), [/^inner \(.*:2:\d+\)$/, /^outer \(.*:3:\d+\)$/]);
  t.match(
    await threadStack(worker.threadId, patience, systemClock),
    [/^inner/],
    "it goes on, and can be asked again",
  );
  t.equal(await worker.terminate(), 1, "and it can be ended");
  t.equal(other.threadId > 0, true, "another one is not touched");
});

t.test("no thread, or one that does not answer in time: nothing", async (t) => {
  const clock = new FakeClock();
  const stack = threadStack(123_456, 2_000, clock);
  await new Promise(setImmediate);
  while (clock.pending === 0) await new Promise(setImmediate);
  clock.advance(2_000);
  t.equal(await stack, null);
});
