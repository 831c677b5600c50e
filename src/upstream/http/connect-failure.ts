import { ownExhaustion } from "../../core/own-exhaustion.ts";
import type { HttpFailing } from "../outcomes.ts";

/** As what the calls end for which a connection was being opened, and why. */
export interface ConnectFailure {
  readonly end: HttpFailing;
  readonly reason: string;
}

/** System calls that fail before the server has accepted. */
const before: ReadonlySet<unknown> = new Set(["connect", "getaddrinfo"]);

/** `reason` is taken where podmate itself lacks nothing. Without an `error`, the server has closed what it had accepted. */
export function connectFailure(reason: string, error: NodeJS.ErrnoException | undefined): ConnectFailure {
  const lacking = ownExhaustion(error);
  if (lacking !== null) return { end: "exhausted", reason: lacking };
  const refused = error instanceof AggregateError || before.has(error?.syscall);
  return { end: refused ? "refused" : "handshake", reason };
}
