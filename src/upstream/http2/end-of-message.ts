import type { Http2Stream } from "node:http2";

/**
 * Whether a message that comes on a stream has come to its end (END_STREAM, RFC 9113 8.1). node:http2 says "end" of a
 * stream, too, that the other side has reset with NO_ERROR in the middle (nodejs/node#35209): such a stream is closed
 * already when its end is put behind what has come.
 */
export class EndOfMessage {
  /** All of it has come, and may still have to be read. */
  hasCome = false;

  constructor(stream: Http2Stream) {
    const { push } = stream;
    stream.push = (chunk, encoding) => {
      if (chunk === null && !stream.closed) this.hasCome = true;
      return push.call(stream, chunk, encoding);
    };
  }
}
