import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Random } from "../random.ts";
import { spoiled } from "./hostile-lines.ts";

/** What memcached may say, to whatever it is asked. */
const answers = [
  "END\r\n",
  "VALUE lie:1 0 2\r\nmn\r\nEND\r\n",
  "VALUE lie:2 0 99999\r\nmn\r\nEND\r\n",
  "VALUE l 0 2\r\nmn\r\nVALUE i 0 2\r\nmn\r\nEND\r\n",
  "STORED\r\n",
  "DELETED\r\n",
  "TOUCHED\r\n",
  "NOT_FOUND\r\n",
  "7\r\n",
  "OK\r\n",
  "EN\r\n",
  "HD klie:1 Oabc\r\n",
  "VA 2 klie:1\r\nmn\r\n",
  "MN\r\n",
  "ERROR\r\n",
  "SERVER_ERROR out of memory\r\n",
].map((text) => Buffer.from(text));

/** A server that answers each line with what may or may not be an answer to it. */
export class LyingServer {
  readonly port: number;
  readonly #close: () => void;

  private constructor(port: number, close: () => void) {
    this.port = port;
    this.#close = close;
  }

  static async start(random: Random): Promise<LyingServer> {
    const sockets = new Set<Socket>();
    const server = createServer({ noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => sockets.delete(socket));
      socket.on("data", (chunk: Buffer) => {
        const lines = chunk.reduce((count, byte) => (byte === 10 ? count + 1 : count), 0);
        for (let i = 0; i < Math.min(lines, 64); i++) socket.write(spoiled(random, random.pick(answers)));
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new LyingServer((server.address() as AddressInfo).port, () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
  }

  stop(): void {
    this.#close();
  }
}
