import type { Connection } from "./connection.ts";
import type { Failure } from "./failure.ts";

/**
 * One request on its way to one server, from queueing to the end of the reply. Subclasses say what becomes of the
 * reply; exactly one of `onReply(…, true)` and `onFailure` ends it.
 */
export abstract class Call {
  /** Which replies it can get (memcache/reply-form.ts). */
  form = 0;
  /** Bytes of what its reply is held against (memcache/asked-words.ts). */
  words = 0;
  /** The connection that it was pushed on last, to be asked for its words while its reply comes. */
  carrier: Connection | null = null;
  /** Index of the command (observe/metric-labels.ts). */
  command = 0;
  /** When the request arrived, ms on the data plane's clock. */
  start = 0;
  /** Values in the reply, and whether it is an error line; set before `onReply(…, true)`. */
  values = 0;
  failed = false;
  /** With `failed`: it is a SERVER_ERROR. */
  serverFailed = false;
  /** With a part of a reply: bytes of the current value still to come, as the server has announced. */
  incoming = 0;
  /** The wait is over; the reply, when it comes, is dropped. */
  expired = false;
  /** Part of the reply is with the client already: it cannot be taken back any more. */
  streaming = false;
  /** Where its bytes begin among those that wait for the connection to open. */
  queuedAt = 0;

  /** Bytes of the reply, valid only during the call. `whole`: the reply ends here. */
  abstract onReply(bytes: Buffer, start: number, end: number, whole: boolean): void;

  abstract onFailure(failure: Failure): void;

  /**
   * Its connection could not be opened, and keys may move: sends bytes[start, end), which are the whole request, to another
   * server. False if that cannot be, or there is none; then `onFailure` ends it.
   */
  moveOn(_bytes: Buffer, _start: number, _end: number): boolean {
    return false;
  }
}
