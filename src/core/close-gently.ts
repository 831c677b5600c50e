import type { ByteStream } from "./byte-stream.ts";
import type { Clock } from "./clock.ts";

/** How long a peer may send nothing before it is given up, and how long it may go on sending, in ms. */
const silence = 2_000;
const longest = 30_000;

/**
 * Closes a connection on which everything is said, without cutting off the last bytes: what the peer goes on sending, such as
 * the rest of an upload that was answered early, is read and dropped for a while. To close on unread bytes is a reset, which
 * takes from the peer what it has not read yet (RFC 9112 9.6). `heardOut`: it sends no more.
 */
export function closeGently(stream: ByteStream, clock: Clock, heardOut: boolean): void {
  if (heardOut) {
    stream.destroySoon();
    return;
  }
  stream.end();
  stream.resume();
  stream.once("end", () => stream.destroySoon());
  const last = clock.now() + longest;
  let read = stream.bytesRead;
  const look = (): void => {
    if (stream.bytesRead === read || clock.now() >= last) {
      stream.destroy();
      return;
    }
    read = stream.bytesRead;
    cancel = clock.after(silence, look);
  };
  let cancel = clock.after(silence, look);
  stream.once("close", () => cancel());
}
