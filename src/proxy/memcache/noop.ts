/** Sent behind a quiet meta request: its reply, MN, tells that the quiet one is done. */
export const noop = Buffer.from("mn\r\n");
