import type { HttpFailing } from "../outcomes.ts";
import type { HttpCall } from "./http-call.ts";

/** How far a call had come when its connection ended. */
export interface Progress {
  /** The final head has come, but not all of the answer. */
  readonly within: boolean;
  /** The answer has had to wait for the client. */
  readonly held: boolean;
  /** A byte of an answer has come. */
  readonly answering: boolean;
  /** The connection had served others before. */
  readonly kept: boolean;
  /** Not a byte of the request has left. */
  readonly unsent: boolean;
  /** A part of what the client has sent has not left. */
  readonly waiting: boolean;
}

/** How long a client that owes a part of its body must have been silent so that a server may have tired of it, in ms. */
const patience = 500;

/** As what a call ends whose open connection is ended, by the server or the network, at `now` (ms). */
export function endOfCall(call: HttpCall, progress: Progress, now: number): HttpFailing {
  const { within, held, answering, kept, unsent, waiting } = progress;
  if (within) return held ? "truncatedHeld" : "truncated";
  const owed = call.sentAt === 0;
  if (owed && !waiting && now - call.heardAt >= patience) return "uploadStalled";
  if (!answering && kept) return unsent ? "keptUnsent" : "keptLost";
  if (!answering && unsent) return "refused";
  const hasBody = !call.requestBody.done || call.requestBody.length > 0;
  return hasBody && (owed || waiting) ? "uploadLost" : "lost";
}
