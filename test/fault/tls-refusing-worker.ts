/** A thread with a server behind TLS that refuses uploads at once and closes: it runs while podmate, in the test's thread, writes. */
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { parentPort, workerData } from "node:worker_threads";

const server = createServer(workerData.identity, (socket) => {
  socket.setNoDelay(true).on("error", () => {});
  // What it has not read of the upload makes a reset of its end.
  socket.once("data", () => socket.pause().write(workerData.refusal, () => socket.destroy()));
});
server.listen(0, "127.0.0.1", () => parentPort?.postMessage((server.address() as AddressInfo).port));
