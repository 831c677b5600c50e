import type { Seen } from "./seen.ts";

/** The rule where the RFCs are silent or leave a choice, and a careful engineer knows what is wanted. */
export const sense = "good sense";

/** What the client does next. */
export type ClientStep =
  | { readonly send: string }
  /** Goes on when the condition holds, and in any case after `limit` ms. */
  | { readonly until: (seen: Seen) => boolean; readonly limit: number }
  /** `end`: sends no more, but still reads. `leave`: closes. */
  | { readonly close: "end" | "leave" };

/** What the server does when it has read the head of a request, or the whole of it. */
export interface ServerReaction {
  readonly on: "head" | "message";
  /** Only to requests that have this field. */
  readonly ifField?: string;
  /** `{target}` stands for the request's target. */
  readonly send?: string;
  /** Closes its side after that. */
  readonly close?: true;
  /** From then on there is no HTTP: what comes is sent back, and the end is answered with `bye` and an end. */
  readonly tunnel?: true;
}

/** A thing that a client or a server does to a proxy, and what is to be said of what the proxy makes of it. */
export interface ConformanceCase {
  readonly group: string;
  /** The row of the table; cases of the same row are variants of it. */
  readonly row: string;
  /** Which of the row's variants it is. */
  readonly variant?: string;
  /** What demands it: a section of an RFC, or `sense`. */
  readonly rule: string;
  readonly client: readonly ClientStep[];
  /** Reactions to the first, second, ... request of a connection; the last goes for all that follow. */
  readonly server: readonly (readonly ServerReaction[])[];
  /** Whether the answers have no body because HEAD was asked. */
  readonly head?: true;
  /** One word for what the proxy did. */
  judge(seen: Seen): string;
  /** The words that are right; the first is what podmate must do. */
  readonly good: readonly string[];
}
