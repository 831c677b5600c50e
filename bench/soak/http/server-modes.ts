/** What a server of a soak does wrong, to some of its requests; `well`: nothing. */
export const serverModes = [
  "well",
  /** 503. */
  "unavailable",
  /** The connection ends in the middle of the answer. */
  "cutting",
  /** What it answers is no HTTP. */
  "babbling",
  /** A second answer follows at the heels of the right one. */
  "talkative",
  /** It ends the connection instead of answering. */
  "resetting",
  /** It answers before it has the whole request, and closes. */
  "hasty",
  /** It closes connections as soon as they are idle, without having said so. */
  "closing",
] as const;
export type ServerMode = (typeof serverModes)[number];

/** What a server's process is told. */
export interface ToServer {
  readonly mode: ServerMode;
}

/** What it tells: ids of POST requests that it has got whole. */
export interface FromServer {
  readonly posts: readonly number[];
}
