import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { type Address, formatAddress } from "../../src/core/address.ts";
import { type Bytes, Inbox, toBuffer } from "./inbox.ts";
import { patience } from "./patience.ts";

/**
 * A raw client: sends bytes as told and compares what comes back byte by byte.
 *
 *     const client = await WireClient.connect(address);
 *     await client.send("get k\r\n");
 *     await client.expect("END\r\n");
 *     await client.expectInStep();
 *     client.close();
 */
export class WireClient {
  readonly #socket: Socket;
  readonly #inbox: Inbox;

  private constructor(socket: Socket, inbox: Inbox) {
    this.#socket = socket;
    this.#inbox = inbox;
  }

  /**
   * Connects; rejects if refused. No expectation waits longer than `deadline` ms. `allowHalfOpen`: goes on sending when the
   * server has closed its side.
   */
  static async connect(
    address: Address,
    { deadline = patience, allowHalfOpen = false }: { deadline?: number; allowHalfOpen?: boolean } = {},
  ): Promise<WireClient> {
    const target = "path" in address ? address : { ...address, noDelay: true };
    const socket = connectSocket({ ...target, allowHalfOpen });
    const inbox = new Inbox(formatAddress(address), deadline);
    socket.on("data", (chunk: Buffer) => inbox.push(chunk));
    socket.on("end", () => inbox.end("closed"));
    socket.on("close", () => inbox.end("closed"));
    await once(socket, "connect");
    socket.on("error", (error: NodeJS.ErrnoException) => inbox.end(error.code ?? error.message));
    return new WireClient(socket, inbox);
  }

  /** What came and was not yet expected. */
  get received(): Buffer {
    return this.#inbox.bytes;
  }

  /** How the server ended the connection, or null while it is open. */
  get ended(): string | null {
    return this.#inbox.ended;
  }

  /** Whether both sides are closed, or the connection was reset. */
  get gone(): boolean {
    return this.#socket.destroyed;
  }

  /** Sends all at once; done when the kernel has it. */
  async send(bytes: Bytes): Promise<void> {
    await new Promise<void>((resolve) => {
      // A failed write shows in what the test expects next.
      this.#socket.write(toBuffer(bytes), () => resolve());
    });
  }

  /**
   * Sends pieces of `every` bytes, each in a segment of its own and in its own turn of the event loop. Until the server
   * has accepted the connection they pile up in the kernel, so have an answer from it first.
   */
  async sendSplit(bytes: Bytes, every = 1): Promise<void> {
    const whole = toBuffer(bytes);
    for (let start = 0; start < whole.length; start += every) {
      await this.send(whole.subarray(start, start + every));
      await setImmediate();
    }
  }

  /** Reads exactly these bytes, or fails with what came in their place. */
  async expect(expected: Bytes): Promise<void> {
    await this.#inbox.expect(expected);
  }

  /** Sends a request and reads exactly this answer. */
  async exchange(request: Bytes, answer: Bytes): Promise<void> {
    await this.send(request);
    await this.expect(answer);
  }

  /** Reads a line and gives it without its end, as latin1. */
  async readLine(): Promise<string> {
    return await this.#inbox.readLine();
  }

  /** Reads this many bytes. */
  async read(length: number): Promise<Buffer> {
    return await this.#inbox.read(length);
  }

  /** Reads all up to and with these bytes. */
  async readUntil(marker: Bytes): Promise<Buffer> {
    return await this.#inbox.waitFor(marker);
  }

  /**
   * Fails if anything came that was not expected, and if the next request does not get its own answer: that nothing
   * more was owed is shown by what comes next, not by waiting.
   */
  async expectInStep(request: Bytes = "mn\r\n", answer: Bytes = "MN\r\n"): Promise<void> {
    await this.exchange(request, answer);
  }

  /** Waits until the server closes the connection; fails if it sends anything before. */
  async expectClose(): Promise<void> {
    await this.#inbox.expectEnd();
  }

  /** Waits until the server closes the connection; what it sends before is in `received`. */
  async waitForEnd(): Promise<void> {
    await this.#inbox.waitForEnd();
  }

  /** Stops reading from the kernel, so that the server's answers pile up there. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the sending side only. */
  halfClose(): void {
    this.#socket.end();
  }

  /** Ends the connection with a RST. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  close(): void {
    this.#socket.destroy();
  }
}
