import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Address } from "../../src/core/address.ts";
import type { Teardown } from "./teardown.ts";

/** A server for one client that reads nothing until told to, and then only counts: for more bytes than one would keep. */
export class ByteSink {
  readonly address: Address;
  readonly #socket: Promise<Socket>;
  #count = 0;
  #wanted = Number.POSITIVE_INFINITY;
  #reached: () => void = () => {};

  private constructor(address: Address, socket: Promise<Socket>) {
    this.address = address;
    this.#socket = socket;
  }

  static async start(t: Teardown): Promise<ByteSink> {
    const server = createServer({ pauseOnConnect: true });
    const socket = once(server, "connection").then(([accepted]) => accepted as Socket);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.teardown(() => {
      server.close();
      void socket.then((accepted) => accepted.destroy());
    });
    const { port } = server.address() as AddressInfo;
    return new ByteSink({ host: "127.0.0.1", port }, socket);
  }

  /** Begins to read. */
  resume(): void {
    void this.#socket.then((socket) => {
      socket.on("data", (bytes) => {
        this.#count += bytes.length;
        if (this.#count >= this.#wanted) this.#reached();
      });
      socket.resume();
    });
  }

  /** Waits until this many bytes have come in all. */
  async waitForBytes(count: number): Promise<void> {
    this.#wanted = count;
    if (this.#count < count) {
      await new Promise<void>((resolve) => {
        this.#reached = resolve;
      });
    }
  }

  send(text: string): void {
    void this.#socket.then((socket) => socket.write(text));
  }
}
