/** What a parser made of the bytes it was given. */
export const parsed = {
  /** More bytes are needed; call again from the same start. */
  incomplete: 0,
  /** A whole head; its fields are valid until the next call. */
  complete: 1,
  /** `problem` says why; nothing that follows on the connection can be trusted. */
  refused: 2,
} as const;
