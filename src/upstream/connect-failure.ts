import { ownExhaustion } from "../core/own-exhaustion.ts";

/** As what the requests end for which a connection was being opened (rows of the table of outcomes), and why. */
export interface ConnectFailure {
  readonly end: "exhausted" | "refused" | "handshake";
  readonly reason: string;
}

/** System calls that fail before the server has accepted. */
const before: ReadonlySet<unknown> = new Set(["connect", "getaddrinfo"]);

/** `reason` is taken where podmate itself lacks nothing. Without an `error`, the server has closed what it had accepted. */
export function connectFailure(reason: string, error?: NodeJS.ErrnoException): ConnectFailure {
  const lacking = ownExhaustion(error);
  if (lacking !== null) return { end: "exhausted", reason: `podmate is ${lacking}` };
  const refused = error instanceof AggregateError || before.has(error?.syscall);
  return { end: refused ? "refused" : "handshake", reason };
}
