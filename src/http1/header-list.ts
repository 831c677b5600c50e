import { byte, lowerCase } from "./byte-tables.ts";

/**
 * Where the next member of the comma list at bytes[at, end) begins, white space and empty members left out
 * (RFC 9110 5.6.1); -1 if there is none. Lists of tokens only: a comma in quotes separates as well.
 */
export function memberStart(bytes: Uint8Array, at: number, end: number): number {
  while (at < end) {
    const value = bytes[at]!;
    if (value !== byte.comma && value !== byte.space && value !== byte.tab) return at;
    at++;
  }
  return -1;
}

/** Where the member that begins at bytes[start] ends, without the white space after it. */
export function memberEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let last = start;
  while (at < end && bytes[at] !== byte.comma) {
    if (bytes[at] !== byte.space && bytes[at] !== byte.tab) last = at + 1;
    at++;
  }
  return last;
}

/** Whether bytes[start, end) is `token`, given in lower case, in whatever case. */
export function isToken(bytes: Uint8Array, start: number, end: number, token: Uint8Array): boolean {
  if (end - start !== token.length) return false;
  for (let i = 0; i < token.length; i++) {
    if (lowerCase[bytes[start + i]!] !== token[i]) return false;
  }
  return true;
}

/** Whether `token`, given in lower case, is a member of the comma list at bytes[start, end). */
export function hasToken(bytes: Uint8Array, start: number, end: number, token: Uint8Array): boolean {
  let at = memberStart(bytes, start, end);
  while (at !== -1) {
    const stop = memberEnd(bytes, at, end);
    if (isToken(bytes, at, stop, token)) return true;
    at = memberStart(bytes, stop, end);
  }
  return false;
}
