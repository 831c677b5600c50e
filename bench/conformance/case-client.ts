import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { HttpMessage } from "./http-message.ts";
import { MessageReader } from "./message-reader.ts";

/** How bytes are written: in one piece, or one by one (longer texts in small pieces). */
export type Cut = "whole" | "bytes";

/** Texts up to this length are cut into single bytes, longer ones into pieces of an odd length. */
const longestCut = 4096;
const pieceLength = 997;

/** The client in front of a proxy: it sends what a case says, and reads what comes back. */
export class CaseClient {
  closed = false;
  readonly #socket: Socket;
  readonly #reader: MessageReader;
  readonly #cut: Cut;

  private constructor(socket: Socket, cut: Cut, isHead: boolean, onChange: () => void) {
    this.#socket = socket;
    this.#cut = cut;
    this.#reader = new MessageReader("answer", () => isHead);
    socket.on("data", (text: string) => {
      this.#reader.push(text);
      onChange();
    });
    const onEnd = (): void => {
      if (!this.closed) this.#reader.end();
      this.closed = true;
      onChange();
    };
    socket.on("end", onEnd);
    socket.on("close", onEnd);
    socket.on("error", () => undefined);
  }

  /** Connects to a port of 127.0.0.1; `isHead`: the answers have no bodies. */
  static async connect(port: number, cut: Cut, isHead: boolean, onChange: () => void): Promise<CaseClient> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    socket.setEncoding("latin1");
    await once(socket, "connect");
    return new CaseClient(socket, cut, isHead, onChange);
  }

  get answers(): readonly HttpMessage[] {
    return this.#reader.messages;
  }

  get tunnel(): string {
    return this.#reader.tunnel;
  }

  /** Resolves when all has been handed to the kernel, or the connection is closed. */
  async send(text: string): Promise<void> {
    const length = this.#cut === "whole" ? text.length : text.length > longestCut ? pieceLength : 1;
    for (let at = 0; at < text.length && this.#socket.writable; at += length) {
      this.#socket.write(text.slice(at, at + length), "latin1");
      if (this.#cut === "bytes") await new Promise((resolve) => setImmediate(resolve));
    }
  }

  end(): void {
    this.#socket.end();
  }

  leave(): void {
    this.#socket.destroy();
  }
}
