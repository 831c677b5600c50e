import { isMainThread, workerData } from "node:worker_threads";

// Loaded into every thread of a daemon under test: at SIGUSR2 the first worker thread goes round for ever.
const channel = new BroadcastChannel("spinning-worker");
if (isMainThread) {
  process.on("SIGUSR2", () => channel.postMessage("spin"));
} else if ((workerData as { readonly index?: number }).index === 0) {
  channel.onmessage = function goRound() {
    for (;;) performance.now();
  };
}
(channel as { unref?(): void }).unref?.();
