import { bufferedBytes, OutsideBytes } from "../../core/buffer-pool.ts";
import { queuedBytes, StallWatch } from "../../core/stall-watch.ts";
import type { HttpSessionHost } from "../http/http-session-host.ts";
import type { ClientStream } from "./client-stream.ts";

/** What all streams of one connection may hold, as a share of the thread's `limits.bytes`. */
const sessionShare = 1 / 16;
/** What each may hold in any case; a server is read in pieces of up to 64 KiB. */
const least = 16 * 1024;
/** Who takes less than this from one look to the next takes nothing: answers to its pings are no answers to its requests. */
const leastTaken = 1024;

/** What a socket can tell of how far its peer has taken what was written. */
interface Written {
  readonly bytesWritten: number;
}

/** What the streams of one client hold together: how much each may, how much they do, and whether the client takes any of it. */
export class StreamMemory {
  private readonly host: HttpSessionHost;
  private readonly streams: ReadonlySet<ClientStream>;
  private readonly secure: boolean;
  private readonly outside = new OutsideBytes();
  private readonly stall = new StallWatch();
  /** Bytes that the client had taken when it was last seen to take some. */
  private taken = 0;
  private share = 0;

  constructor(host: HttpSessionHost, streams: ReadonlySet<ClientStream>, secure: boolean) {
    this.host = host;
    this.streams = streams;
    this.secure = secure;
    this.divide();
  }

  /** Divides what the connection may hold among its streams; to be called when there is one more. */
  divide(): void {
    const { options, admission } = this.host;
    const part = (sessionShare * admission.limits.bytes) / Math.max(1, this.streams.size);
    this.share = Math.min(options.limits.buffer, Math.max(least, part));
  }

  /** Bytes that each stream may hold in either direction before who sends them has to wait. */
  get room(): number {
    return bufferedBytes() > this.host.admission.scarceBytes ? 0 : this.share;
  }

  /** Bytes held for the client. */
  get buffered(): number {
    let bytes = 0;
    for (const stream of this.streams) bytes += stream.buffered;
    return bytes + this.encrypted;
  }

  /** Counts what node:http2 holds, and looks whether the client takes anything; to be called every second. */
  look(socket: Written, now: number): void {
    let unread = 0;
    for (const stream of this.streams) unread += stream.unread;
    this.outside.set(unread + this.encrypted);
    const taken = socket.bytesWritten - queuedBytes(socket, 0);
    if (taken - this.taken >= leastTaken) this.taken = taken;
    this.stall.note(this.unsent === 0 ? -1 : this.taken, now);
  }

  /** The streams are no more. */
  close(): void {
    this.outside.set(0);
  }

  /** The client takes nothing of what waits for it, for so long that it keeps memory for nothing. */
  get takesNothing(): boolean {
    return this.stall.hasStalled && this.unsent > 0;
  }

  get stalledSince(): number {
    return this.stall.stalledSince;
  }

  private get unsent(): number {
    let bytes = 0;
    for (const stream of this.streams) bytes += stream.unsent;
    return bytes;
  }

  /** Over TLS, what is on its way is held twice: as it is, until the last of it has gone, and encrypted; at most so much. */
  private get encrypted(): number {
    return this.secure ? this.unsent : 0;
  }
}
