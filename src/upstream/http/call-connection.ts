import type { SocketWriter } from "../../core/socket-writer.ts";

/** What carries one call to its server: a connection of HTTP/1.1, or a stream of HTTP/2. */
export interface CallConnection {
  /** Takes the request in the form of HTTP/1.1, whatever the server is sent. */
  readonly writer: SocketWriter;
  /** Bytes held for the call: of the request, and of an answer that nobody has read yet. */
  readonly buffered: number;
  /** Reads the answer, or lets the server wait. */
  setReading(wanted: boolean): void;
  /** What comes from now on, in both directions, is none of ours. */
  becomeTunnel(): void;
  /** The tunnel's client has closed its side. */
  endTunnel(): void;
  /** Nobody waits for the answer any more: ends the call without a word to it. */
  abandon(): void;
}
