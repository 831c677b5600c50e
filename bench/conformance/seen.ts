import { type HttpMessage, statusOf } from "./http-message.ts";

/** A connection that the proxy has made to the server. */
export interface SeenConnection {
  readonly requests: readonly HttpMessage[];
  /** All bytes that came, as Latin-1 text. */
  readonly bytes: string;
  /** What came after a switch of protocols. */
  readonly tunnel: string;
  /** Whether the proxy has closed it, or its side of it. */
  readonly ended: boolean;
}

/** What server and client have seen of a proxy in one case, so far. */
export interface Seen {
  readonly connections: readonly SeenConnection[];
  /** Those of all connections. */
  readonly requests: readonly HttpMessage[];
  /** Answers as the client has read them, interim ones included. */
  readonly answers: readonly HttpMessage[];
  /** What the client got after a switch of protocols. */
  readonly tunnel: string;
  /** Whether the proxy has closed the client's connection, or its side of it. */
  readonly closed: boolean;
  /** Whether a wait went on for its whole limit. */
  readonly late: boolean;
  /** Whether the proxy's process has ended. */
  readonly crashed: boolean;
}

/** All bytes that the server got. */
export function received(seen: Seen): string {
  return seen.connections.map(({ bytes }) => bytes).join("");
}

/** Answers with a status of 200 and above that have been read to their end. */
export function finals(seen: Seen): HttpMessage[] {
  return seen.answers.filter((answer) => answer.complete && !(statusOf(answer) < 200));
}

/** Answers with a status below 200. */
export function interims(seen: Seen): HttpMessage[] {
  return seen.answers.filter((answer) => statusOf(answer) < 200);
}
