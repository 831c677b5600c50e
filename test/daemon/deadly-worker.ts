import { BroadcastChannel, isMainThread } from "node:worker_threads";

// Loaded into every thread of a daemon under test: at SIGUSR2 the worker threads die of an error that nobody catches.
const channel = new BroadcastChannel("deadly-worker");
if (isMainThread) {
  process.on("SIGUSR2", () => channel.postMessage("die"));
} else {
  channel.onmessage = () => {
    throw new Error("killed by the test");
  };
}
channel.unref();
