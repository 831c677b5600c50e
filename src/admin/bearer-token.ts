import { loadCrypto } from "../core/lazy-builtins.ts";

/** What a token has to be like, for messages. */
export const tokenAllowed = "a line of 16 to 1024 printable ASCII characters without blanks";
const token = /^[!-~]{16,1024}$/;

/** A file of tokens is no larger than this, in bytes. */
export const largestTokenFile = 64 * 1024;

/** The tokens that a file holds, one a line. Where any line is unfit, none counts: the file is not what it should be. */
export function tokensIn(text: string): readonly string[] {
  const lines = text.split(/\r?\n/).filter((line) => line !== "");
  return lines.every((line) => token.test(line)) ? lines : [];
}

/** The token of an `Authorization` field (RFC 6750, 2.1), or undefined if it carries none. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^bearer +([!-~]+) *$/i.exec(authorization ?? "")?.[1];
}

/** Whether `given` is one of the tokens; how long that takes tells nothing about them. */
export function isAmong(given: string, tokens: readonly string[]): boolean {
  const { timingSafeEqual } = loadCrypto();
  const wanted = digest(given);
  // All are looked at, so that not even the place of the right one is told.
  return tokens.map((each) => timingSafeEqual(digest(each), wanted)).includes(true);
}

function digest(text: string): Buffer {
  return loadCrypto().createHash("sha256").update(text).digest();
}
