import type { ServerSessionOptions } from "node:http2";
import type { HttpListenerOptions } from "../http/http-listener-options.ts";

/** Bytes that a client may send ahead on one stream, at most. */
const largestWindow = 256 * 1024;
/** Streams that a client may reset at once, and per second in the long run (rapid reset, CVE-2023-44487). */
const resetBurst = 1_000;
const resetRate = 200;

/** What node:http2 holds a client to. Heads that are too long by a little get so far that they can be answered 431. */
export function sessionOptions({ limits }: HttpListenerOptions): ServerSessionOptions {
  const options = {
    // Each pseudo-field and each crumb of a cookie counts.
    maxHeaderListPairs: 2 * limits.headers + 16,
    maxSettings: 32,
    maxOutstandingPings: 10,
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 100,
    // In units of 1 MB: what the streams together may have waiting, with a margin.
    maxSessionMemory: Math.max(10, Math.ceil((2 * limits.streams * limits.buffer) / 2 ** 20)),
    maxSendHeaderBlockLength: 2 ** 21,
    streamResetBurst: resetBurst,
    streamResetRate: resetRate,
    // Or a field that begins or ends with white space would vanish, instead of making its request malformed.
    strictFieldWhitespaceValidation: false,
    // Servers are taken at their word: what they send twice goes on twice.
    strictSingleValueFields: false,
    settings: {
      enablePush: false,
      maxConcurrentStreams: limits.streams,
      initialWindowSize: Math.min(limits.buffer, largestWindow),
      maxHeaderListSize: limits.head + 64 * limits.headers + 4_096,
    },
  };
  return options;
}
