import { connect, type Socket } from "node:net";
import { parseArgs } from "node:util";
import { whole } from "../load/load-options.ts";

/**
 * Program of a process that keeps a management interface busy until it is ended: clients that read all there is without a
 * pause, that ask and never read, follow the log and never read, send nothing, half a head or garbage, and hang up.
 */
const { values } = parseArgs({
  options: { port: { type: "string" }, each: { type: "string", default: "8" } },
});
if (values.port === undefined) throw new RangeError("--port is missing");
const port = whole("port", values.port, 1, 65535);
const each = whole("each", values.each, 1, 1000);

const ask = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const paths = ["/metrics", "/config", "/logs", "/pools"] as const;

const kinds: readonly ((socket: Socket, index: number) => void)[] = [
  (socket, index) => {
    const path = paths[index % paths.length]!;
    socket.write(ask(path));
    socket.on("data", (chunk) => {
      // An answer that fits into a read ends with it; where it does not, one more request does no harm.
      if (chunk.length < 65_536) socket.write(ask(path));
    });
  },
  (socket) => void socket.pause().write(ask("/metrics").repeat(50)),
  (socket) => void socket.pause().write(ask("/logs?follow&limit=1000")),
  () => {},
  (socket) => void socket.write("GET /metrics HTTP/1.1\r\nX-Slow: "),
  (socket) => void socket.end("\x16\x03\x01 no request\r\n\r\n"),
  (socket) => void socket.write(ask("/metrics"), () => socket.resetAndDestroy()),
];

function run(kind: (socket: Socket, index: number) => void, index: number): void {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.resume();
  socket.once("connect", () => kind(socket, index));
  socket.once("close", () => setImmediate(run, kind, index));
}

for (const kind of kinds) for (let index = 0; index < each; index++) run(kind, index);
