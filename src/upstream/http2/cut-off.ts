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

/** The same with CANCEL: nobody wants the answer any more. That is the code which node:http2 has for an abort. */
export function cancel(stream: Http2Stream): void {
  if (!stream.destroyed) addAbortSignal(aborted, stream);
}
