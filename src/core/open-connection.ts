import type { ByteStream } from "./byte-stream.ts";

/** A connection of this thread, as operators may see it. */
export interface OpenConnection {
  /** Rises from connection to connection of the thread. */
  readonly serial: number;
  /** In ms of the thread's clock. */
  readonly openedAt: number;
  /** Requests that have begun on it. */
  readonly requests: number;
  /** null while there is none. */
  readonly socket: ByteStream | null;
}

let last = 0;

/** The number of a new connection. */
export function nextSerial(): number {
  last += 1;
  return last;
}
