/** Bytes to send, and why podmate does not answer as memcached does, where it does not. */
export interface OddInput {
  readonly name: string;
  readonly send: string;
  /** It makes the server close. Sent in one piece: who is still sending then loses answers it has not read yet. */
  readonly ends?: true;
  /** What podmate answers in place of memcached's answer, and the reason. */
  readonly differs?: { readonly answer: string; readonly because: string };
}

/** Reasons for answers that are not those of memcached 1.6.18. */
export const SWALLOWED = "as memcached 1.6.45, podmate takes the value that follows with the line";
export const UNCLEAR = "nobody knows how long a value follows, and podmate takes none for commands";
export const AMBIGUOUS = "memcached 1.6.18 cuts it to 32 bits, and 1.6.45 mostly refuses it";

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
