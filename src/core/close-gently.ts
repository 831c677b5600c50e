import type { ByteStream } from "./byte-stream.ts";
import type { Clock } from "./clock.ts";

/** How long a peer may go on sending after the end, in ms. */
const longest = 1_000;

/**
 * Closes a connection on which everything is said, without cutting off the last bytes: what the peer goes on sending is read
 * and dropped for a while, since to close on unread bytes is a reset, which takes from the peer what it has not read yet.
 * `heardOut`: it sends no more.
 */
export function closeGently(stream: ByteStream, clock: Clock, heardOut: boolean): void {
  if (heardOut) {
    stream.destroySoon();
    return;
  }
  stream.end();
  stream.resume();
  stream.once("end", () => stream.destroySoon());
  const cancel = clock.after(longest, () => stream.destroy());
  stream.once("close", cancel);
}
