/** A thread with a server behind TLS that answers every read at once: quicker than a server in the thread of the test. */
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { parentPort, workerData } from "node:worker_threads";
import { ok } from "../support/http-messages.ts";

const server = createServer(workerData, (socket) => {
  socket.on("error", () => {});
  socket.on("data", () => socket.write(ok("x")));
});
server.listen(0, "127.0.0.1", () => parentPort?.postMessage((server.address() as AddressInfo).port));
