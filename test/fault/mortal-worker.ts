import { isMainThread, threadId, workerData } from "node:worker_threads";

// Loaded into every thread of a daemon under test: at SIGUSR2 the first worker thread dies, and no other.
const channel = new BroadcastChannel("mortal-worker");
if (isMainThread) {
  process.on("SIGUSR2", () => channel.postMessage("die"));
} else if ((workerData as { readonly index?: number }).index === 0) {
  channel.onmessage = () => {
    throw new Error(`thread ${threadId} is killed by the test`);
  };
}
(channel as { unref?(): void }).unref?.();
