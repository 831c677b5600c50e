import type { Http2Stream } from "node:http2";
import { addAbortSignal } from "node:stream";

const aborted = AbortSignal.abort();

/**
 * Resets a stream so that what was sent cannot be taken for all of it: `stream.close(code)` would end it in good form
 * first. INTERNAL_ERROR.
 */
export function cutOff(stream: Http2Stream): void {
  if (!stream.destroyed) stream.destroy(new Error("cut off"));
}

/**
 * The same with CANCEL: nobody wants the answer any more. That is the code which node:http2 has for an abort. At the next
 * turn, for Node aborts the whole process where a stream that trailers may follow is cancelled while its connection is
 * being read, and the same bytes let more of the stream go out (nodejs/node issue 41458, Node 26.10).
 */
export function cancel(stream: Http2Stream): void {
  setImmediate(() => {
    if (!stream.destroyed) addAbortSignal(aborted, stream);
  });
}
