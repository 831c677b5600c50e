import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { ServerReaction } from "./conformance-case.ts";
import { targetOf, valuesOf } from "./http-message.ts";
import { MessageReader } from "./message-reader.ts";
import type { SeenConnection } from "./seen.ts";

/** Longest wait for a proxy to close its side of a connection that the server has ended, in ms. */
const farewellMs = 200;

/** The server behind the proxies: it keeps all that comes, and does what a case says. */
export class RecordingServer {
  /** Called whenever there is something new to be seen. */
  onChange: () => void = () => undefined;
  #server: Server;
  #reactions: readonly (readonly ServerReaction[])[] = [[]];
  #connections: RecordedConnection[] = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => {
      this.#connections.push(new RecordedConnection(socket, this.#reactions, () => this.onChange()));
    });
  }

  /** Listens on a free port of 127.0.0.1. */
  static async start(): Promise<RecordingServer> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new RecordingServer(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Since the last `reset`. */
  get connections(): readonly SeenConnection[] {
    return this.#connections;
  }

  /** Closes all connections, forgets what came, and does as these reactions say from now on. */
  async reset(reactions: readonly (readonly ServerReaction[])[]): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
    this.#connections = [];
    this.#reactions = reactions;
  }

  async close(): Promise<void> {
    await this.reset([[]]);
    this.#server.close();
  }
}

class RecordedConnection implements SeenConnection {
  bytes = "";
  ended = false;
  readonly #socket: Socket;
  readonly #reactions: readonly (readonly ServerReaction[])[];
  readonly #reader = new MessageReader("request");
  /** Requests whose head, and which as a whole, have been reacted to. */
  #heads = 0;
  #messages = 0;
  #inTunnel = false;

  constructor(socket: Socket, reactions: readonly (readonly ServerReaction[])[], onChange: () => void) {
    this.#socket = socket;
    this.#reactions = reactions;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.#take(text);
      onChange();
    });
    socket.on("end", () => {
      this.ended = true;
      if (this.#inTunnel) this.#send("bye");
      socket.end();
      onChange();
    });
    socket.on("close", () => {
      this.ended = true;
      onChange();
    });
    socket.on("error", () => undefined);
  }

  get requests() {
    return this.#reader.messages;
  }

  get tunnel(): string {
    return this.#reader.tunnel;
  }

  /** Ends the connection, and waits a little for the other side to do so too. */
  async close(): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed) return;
    const gone = new Promise((resolve) => socket.once("close", resolve));
    socket.end();
    const limit = setTimeout(() => socket.destroy(), farewellMs);
    await gone;
    clearTimeout(limit);
  }

  #take(text: string): void {
    this.bytes += text;
    this.#reader.push(text);
    if (this.#inTunnel) {
      this.#send(text);
      return;
    }
    while (this.#messages < this.requests.length) {
      const request = this.requests[this.#messages]!;
      if (this.#heads === this.#messages) {
        this.#heads++;
        this.#react("head");
      }
      if (!request.complete) return;
      this.#react("message");
      this.#messages++;
    }
  }

  #react(on: "head" | "message"): void {
    const index = Math.min(this.#messages, this.#reactions.length - 1);
    const request = this.requests[this.#messages];
    const target = targetOf(request);
    for (const reaction of this.#reactions[index] ?? []) {
      if (reaction.on !== on) continue;
      if (reaction.ifField !== undefined && valuesOf(request, reaction.ifField).length === 0) continue;
      if (reaction.send !== undefined) this.#send(reaction.send.replaceAll("{target}", target));
      if (reaction.close) this.#socket.end();
      if (reaction.tunnel) {
        this.#inTunnel = true;
        this.#reader.becomeTunnel();
        this.#send(this.tunnel);
      }
    }
  }

  /** Does nothing once this side has been ended. */
  #send(text: string): void {
    if (text !== "" && this.#socket.writable) this.#socket.write(text, "latin1");
  }
}
