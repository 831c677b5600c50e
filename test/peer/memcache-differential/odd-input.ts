/** Bytes to send, and why podmate does not answer as memcached does, where it does not. */
export interface OddInput {
  readonly name: string;
  readonly send: string;
  /** It makes the server close. Sent in one piece: who is still sending then loses answers it has not read yet. */
  readonly ends?: true;
  /** What podmate answers in place of memcached's answer, and the reason. */
  readonly differs?: { readonly answer: string; readonly because: string };
}

export const key250 = "k".repeat(250);
export const key251 = "k".repeat(251);

/** The lines, each with its end. */
export const lines = (...all: string[]): string => all.map((line) => `${line}\r\n`).join("");

/** A set of a value. */
export const set = (key: string, value: string, rest = ""): string =>
  `set ${key} 0 0 ${value.length}${rest}\r\n${value}\r\n`;

/** As many different letters, which are flags or not. */
export const meaninglessFlags = (count: number): string =>
  Array.from({ length: count }, (_, i) => String.fromCharCode(97 + i)).join(" ");
