import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { type Address, formatAddress } from "../../src/core/address.ts";
import { type Bytes, Inbox, toBuffer } from "./inbox.ts";
import { patience } from "./patience.ts";
import { RequestFramer } from "./request-framer.ts";
import type { Teardown } from "./teardown.ts";

/** What the server says to one request; null: nothing. The request comes with its line end and its value. */
export type Responder = (request: string, connection: ScriptedConnection) => Bytes | null;

export interface ScriptedServerOptions {
  /** Where to listen; default: a free port of 127.0.0.1. */
  readonly address?: Address;
  /** Longest that one expectation waits, in ms; default `patience`. */
  readonly deadline?: number;
  /** Cuts what a client sends into requests; memcache if absent. */
  readonly framer?: () => { push(chunk: Buffer): string[] };
}

/**
 * A server, a memcached unless `framer` says otherwise, that does as the test says. It is silent until told otherwise, and records what it gets:
 *
 *     const server = await ScriptedServer.start(t);
 *     server.answer(() => "END\r\n");                     // to each request
 *     server.hold(); …; server.release(1);                // answers wait until released
 *     const connection = await server.nextConnection();   // by hand:
 *     await connection.expect("get k\r\n");
 *     await connection.send("VALUE k 0 5\r\nhal");        // half a value, then nothing
 *     connection.reset();                                 // or halfClose(), close()
 *     await server.refuse(); …; await server.listen();    // connection refused, then back at the same port
 */
export class ScriptedServer {
  readonly #deadline: number;
  readonly #framer: () => { push(chunk: Buffer): string[] };
  readonly #connections: ScriptedConnection[] = [];
  readonly #arrivals: Inbox;
  readonly #record: Inbox;
  readonly requests: string[] = [];
  /** Bytes that have come, on all connections. */
  received = 0;
  #address: Address;
  #server: Server | null = null;
  #seen = 0;
  #responder: Responder | null = null;
  #held: (() => void)[] | null = null;

  private constructor({
    address = { host: "127.0.0.1", port: 0 },
    deadline = patience,
    framer = () => new RequestFramer(),
  }: ScriptedServerOptions) {
    this.#framer = framer;
    this.#address = address;
    this.#deadline = deadline;
    this.#arrivals = new Inbox("new connections", deadline);
    this.#record = new Inbox("all clients together", deadline);
  }

  static async start(t: Teardown, options: ScriptedServerOptions = {}): Promise<ScriptedServer> {
    const server = new ScriptedServer(options);
    await server.listen();
    t.teardown(() => server.close());
    return server;
  }

  /** Where it listens, or did before `refuse`. */
  get address(): Address {
    return this.#address;
  }

  /** Connections accepted since the start. */
  get accepted(): number {
    return this.#connections.length;
  }

  /** The connection accepted last; undefined if there was none. */
  get latest(): ScriptedConnection | undefined {
    return this.#connections.at(-1);
  }

  /** Connections open now. */
  get open(): number {
    return this.#connections.filter((connection) => !connection.ended).length;
  }

  /** Answers each request from now on; requests that came before are not looked at again. */
  answer(responder: Responder): void {
    this.#responder = responder;
  }

  /** Answers nothing from now on. */
  silence(): void {
    this.#responder = null;
  }

  /** Keeps answers back until they are released. */
  hold(): void {
    this.#held ??= [];
  }

  /** Answers kept back now. */
  get held(): number {
    return this.#held?.length ?? 0;
  }

  /** Sends the oldest `count` answers kept back; without a count all, and ends the holding. */
  release(count?: number): void {
    const held = this.#held ?? [];
    if (count === undefined) this.#held = null;
    for (const send of held.splice(0, count ?? held.length)) send();
  }

  /** Waits until these bytes have come, on whichever connection, after those of the last such wait. */
  async waitFor(bytes: Bytes): Promise<void> {
    await this.#record.waitFor(bytes);
  }

  /** The first connection that this did not give before, once it is there. */
  async nextConnection(): Promise<ScriptedConnection> {
    await this.#arrivals.read(1);
    return this.#connections[this.#seen++]!;
  }

  /** Refuses new connections; those that are open stay. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    // close() stops listening at once, and calls back only when all connections have ended.
    server?.close();
    await setImmediate();
  }

  /** Listens, again at the same port after `refuse`. */
  async listen(): Promise<void> {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket));
    server.listen(this.#address);
    await once(server, "listening");
    this.#server = server;
    const bound = server.address() as AddressInfo | string;
    if (typeof bound !== "string" && "host" in this.#address) {
      this.#address = { host: this.#address.host, port: bound.port };
    }
  }

  /** Resets all connections that are open. */
  resetAll(): void {
    for (const connection of this.#connections) connection.reset();
  }

  /** Ends all connections and stops listening. */
  async close(): Promise<void> {
    await this.refuse();
    for (const connection of this.#connections) connection.close();
  }

  #accept(socket: Socket): void {
    const inbox = new Inbox(`client of ${formatAddress(this.#address)}`, this.#deadline);
    const connection = new ScriptedConnection(socket, inbox);
    const framer = this.#framer();
    this.#connections.push(connection);
    this.#arrivals.push(Buffer.alloc(1));
    socket.on("data", (chunk: Buffer) => {
      inbox.push(chunk);
      this.received += chunk.length;
      for (const request of framer.push(chunk)) this.#respond(request, connection);
      this.#record.push(chunk);
    });
  }

  #respond(request: string, connection: ScriptedConnection): void {
    this.requests.push(request);
    const answer = this.#responder?.(request, connection) ?? null;
    if (answer === null) return;
    const send = (): void => void connection.send(answer);
    if (this.#held === null) send();
    else this.#held.push(send);
  }
}

/** One connection of a client to a scripted server. */
export class ScriptedConnection {
  readonly #socket: Socket;
  readonly #inbox: Inbox;

  constructor(socket: Socket, inbox: Inbox) {
    this.#socket = socket;
    this.#inbox = inbox;
    socket.on("end", () => inbox.end("closed"));
    socket.on("error", (error: NodeJS.ErrnoException) => inbox.end(error.code ?? error.message));
    socket.on("close", () => inbox.end("closed"));
  }

  /** Whether the client has ended it, or the test. */
  get ended(): boolean {
    return this.#inbox.ended !== null;
  }

  /** What came and was not yet expected. */
  get received(): Buffer {
    return this.#inbox.bytes;
  }

  /** Reads exactly these bytes, or fails with what came in their place. */
  async expect(bytes: Bytes): Promise<void> {
    await this.#inbox.expect(bytes);
  }

  /** Reads this many bytes. */
  async read(length: number): Promise<Buffer> {
    return await this.#inbox.read(length);
  }

  /** Reads all up to and with these bytes. */
  async readUntil(marker: Bytes): Promise<Buffer> {
    return await this.#inbox.waitFor(marker);
  }

  /** Waits for the client to end the connection, whatever it sends before. */
  async waitForEnd(): Promise<void> {
    await this.#inbox.waitForEnd();
  }

  /** Waits for the client to end the connection; fails if it sends anything before. */
  async expectClose(): Promise<void> {
    await this.#inbox.expectEnd();
  }

  /** Sends all at once; done when the kernel has it, or the connection is gone. */
  async send(bytes: Bytes): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#socket.write(toBuffer(bytes), () => resolve());
    });
  }

  /** Sends pieces of `every` bytes, each in a segment of its own and in its own turn of the event loop. */
  async sendSplit(bytes: Bytes, every = 1): Promise<void> {
    const whole = toBuffer(bytes);
    for (let start = 0; start < whole.length; start += every) {
      await this.send(whole.subarray(start, start + every));
      await setImmediate();
    }
  }

  /** Stops reading, so that what the client sends piles up in the kernel. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection with a RST. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** Ends the sending side only. */
  halfClose(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
  }
}
