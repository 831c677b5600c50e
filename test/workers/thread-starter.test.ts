import { BroadcastChannel } from "node:worker_threads";
import t, { type Test } from "tap";
import { ThreadStarter } from "../../src/workers/thread-starter.ts";

/** A module that says its index on the channel when it is loaded, and stays. */
function entry(channel: string): URL {
  const source = `
    import { BroadcastChannel, parentPort, workerData } from "node:worker_threads";
    parentPort.on("message", () => {});
    new BroadcastChannel("${channel}").postMessage(workerData.index);
  `;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

/** Waits for the next thread that is loaded. */
async function loaded(t: Test, channel: BroadcastChannel): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  channel.onmessage = (event) => resolve((event as unknown as { data: unknown }).data);
  t.teardown(() => channel.close());
  return promise;
}

t.test("the first thread is loaded before anybody asks for it, and is given out once", async (t) => {
  const channel = new BroadcastChannel("first");
  const first = loaded(t, channel);
  const starter = new ThreadStarter(entry("first"));
  t.equal(await first, 0);

  const given = starter.start(0);
  const others = [starter.start(0), starter.start(1)];
  t.equal(new Set([given, ...others]).size, 3);
  // It is its owner's business now.
  await starter.close();
  for (const worker of [given, ...others]) {
    t.not(worker.threadId, -1, "it still runs");
    await worker.terminate();
  }
});

t.test("a first thread that nobody asks for can be ended", async (t) => {
  const channel = new BroadcastChannel("unused");
  const first = loaded(t, channel);
  const starter = new ThreadStarter(entry("unused"));
  await first;
  await t.resolves(starter.close());
});

t.test("a thread that cannot be started is named", async (t) => {
  const nowhere = new URL("http://127.0.0.1/");
  t.throws(() => new ThreadStarter(nowhere), { message: /^cannot start the thread of worker 0: ./ });
});
