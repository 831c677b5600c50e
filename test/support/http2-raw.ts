import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Address } from "../../src/core/address.ts";
import { type Frame, flag, frame, frameType, preface, readFrames, statusOf } from "./http2-frames.ts";
import type { Teardown } from "./teardown.ts";
import { WireClient } from "./wire-client.ts";

const settings = frame(frameType.settings, 0, 0);

/** A client that says what the test says, frame by frame. */
export class RawHttp2Client {
  readonly wire: WireClient;

  private constructor(wire: WireClient) {
    this.wire = wire;
  }

  /** Connects, and begins with the preface, settings and `frames`. */
  static async connect(t: Teardown, address: Address, ...frames: readonly Buffer[]): Promise<RawHttp2Client> {
    const wire = await WireClient.connect(address);
    t.teardown(() => wire.close());
    const client = new RawHttp2Client(wire);
    await client.send(preface, settings, ...frames);
    return client;
  }

  async send(...frames: readonly Buffer[]): Promise<void> {
    await this.wire.send(Buffer.concat(frames));
  }

  /** What has come by now on a stream; 0: the connection. */
  frames(stream: number): Frame[] {
    return readFrames(this.wire.received).filter((one) => one.stream === stream);
  }

  /**
   * What a stream has been answered by now: the status of its head, `reset N` or, for the connection, `goaway N`; null if
   * nothing.
   */
  outcome(stream = 1): number | string | null {
    for (const { type, payload } of this.frames(stream)) {
      if (type === frameType.resetStream) return `reset ${payload.readUInt32BE()}`;
      if (type === frameType.headers && statusOf(payload) >= 200) return statusOf(payload);
    }
    const goaway = this.frames(0).find(({ type }) => type === frameType.goaway);
    return goaway === undefined ? null : `goaway ${goaway.payload.readUInt32BE(4)}`;
  }
}

/** A server that answers each request with what frames the test makes for its stream. */
export class RawHttp2Server {
  readonly address: Address;
  readonly sockets: Socket[] = [];
  /** What it has read, by connection. */
  readonly received: Buffer[] = [];
  /** Makes the answer to the request that came on a stream. */
  answer: (stream: number) => readonly Buffer[] = () => [];
  /** What it says first. */
  settings: readonly Buffer[] = [settings];
  /** Takes a connection in its place. */
  greet: ((socket: Socket) => void) | null = null;

  private constructor(address: Address) {
    this.address = address;
  }

  static async start(t: Teardown): Promise<RawHttp2Server> {
    const listener = createServer((socket) => server.#serve(socket));
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    const server = new RawHttp2Server({
      host: "127.0.0.1",
      port: (listener.address() as AddressInfo).port,
    });
    t.teardown(() => {
      for (const socket of server.sockets) socket.destroy();
      listener.close();
    });
    return server;
  }

  /** Frames that have come on the connection opened as number `index`. */
  frames(index: number): Frame[] {
    return readFrames(this.received[index]!.subarray(preface.length));
  }

  #serve(socket: Socket): void {
    const index = this.sockets.push(socket) - 1;
    this.received.push(Buffer.alloc(0));
    let answered = 0;
    socket.on("error", () => {});
    if (this.greet !== null) {
      this.greet(socket);
      return;
    }
    socket.write(Buffer.concat([...this.settings]));
    socket.on("data", (bytes: Buffer) => {
      this.received[index] = Buffer.concat([this.received[index]!, bytes]);
      const heads = this.frames(index).filter(
        ({ type, flags }) => type === frameType.headers && (flags & flag.endHeaders) !== 0,
      );
      for (; answered < heads.length; answered++) {
        socket.write(Buffer.concat([...this.answer(heads[answered]!.stream)]));
      }
    });
  }
}
