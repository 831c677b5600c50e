/** Codes with which streams and connections end (RFC 9113 7), of those that podmate sends or looks at. */
export const errorCode = {
  none: 0,
  protocolError: 1,
  internalError: 2,
  refusedStream: 7,
  cancel: 8,
  enhanceYourCalm: 11,
} as const;

/** Codes by which a peer says that it has failed itself, or wants no more; the others find fault with what it got. */
const faultless: ReadonlySet<number> = new Set([0, 2, 4, 5, 7, 8, 10]);

/** Whether a peer that ends a stream or a connection with this code finds fault with what podmate has sent. */
export function findsFault(code: number): boolean {
  return !faultless.has(code);
}

/** RFC 9113 6.1 and 6.2. */
export const frameFlag = { endStream: 1 } as const;
