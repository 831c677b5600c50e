/** Codes with which streams and connections end (RFC 9113 7), of those that podmate sends or looks at. */
export const errorCode = {
  none: 0,
  protocolError: 1,
  internalError: 2,
  refusedStream: 7,
  cancel: 8,
  enhanceYourCalm: 11,
} as const;

/** RFC 9113 6.1 and 6.2. */
export const frameFlag = { endStream: 1 } as const;
