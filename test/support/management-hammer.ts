import { connect, type Socket } from "node:net";
import type { Teardown } from "./teardown.ts";

/** What clients of the management interface do to it, over and over again. */
type Abuse = (socket: Socket, index: number) => void;

const ask = (path: string, more = ""): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;

const abuses: Readonly<Record<string, Abuse>> = {
  "read all there is": (socket, index) => {
    const path = ["/metrics", "/config", "/logs", "/pools"][index % 4]!;
    socket.write(ask(path));
    socket.on("data", (chunk: Buffer) => {
      // An answer that fits into a read ends with it; where it does not, one more request does no harm.
      if (chunk.length < 65_536) socket.write(ask(path));
    });
  },
  "ask and never read": (socket) => {
    socket.pause();
    socket.write(ask("/metrics").repeat(50));
  },
  "follow the log and never read": (socket) => {
    socket.pause();
    socket.write(ask("/logs?follow&limit=1000"));
  },
  "send nothing": () => {},
  "send half a head": (socket) => void socket.write("GET /metrics HTTP/1.1\r\nX-Slow: "),
  "send a body without an end": (socket) =>
    void socket.write("PUT /config HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nx"),
  "send garbage": (socket) =>
    void socket.end(Buffer.from("\x16\x03\x01\x02\0GET / \r\n\0\r\n\r\n", "latin1")),
  "ask and hang up": (socket) => void socket.write(ask("/metrics"), () => socket.resetAndDestroy()),
};

/** Clients that do all they can to keep the management interface busy. */
export class ManagementHammer {
  readonly #sockets = new Set<Socket>();
  readonly #port: number;
  #stopped = false;
  /** Bytes that were read; they are of answers. */
  answered = 0;
  /** Connections that were opened. */
  connects = 0;

  private constructor(port: number) {
    this.#port = port;
  }

  /** Starts `each` clients of every kind, which go on until the test ends. */
  static start(t: Teardown, port: number, each: number): ManagementHammer {
    const hammer = new ManagementHammer(port);
    t.teardown(() => hammer.stop());
    for (const abuse of Object.values(abuses)) for (let i = 0; i < each; i++) hammer.#run(abuse, i);
    return hammer;
  }

  stop(): void {
    this.#stopped = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #run(abuse: Abuse, index: number): void {
    if (this.#stopped) return;
    this.connects++;
    const socket = connect(this.#port, "127.0.0.1");
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.once("connect", () => abuse(socket, index));
    socket.on("data", (chunk: Buffer) => {
      this.answered += chunk.length;
    });
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#run(abuse, index);
    });
  }
}
