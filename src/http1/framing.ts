/** How the end of a message's body is found (RFC 9112 section 6.3). */
export const framing = {
  /** No body follows the head. */
  none: 0,
  /** As many bytes as Content-Length says. */
  length: 1,
  chunked: 2,
  /** All that comes until the server closes the connection; responses only. */
  close: 3,
} as const;
