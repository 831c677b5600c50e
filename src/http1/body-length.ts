import { byte } from "./byte-tables.ts";
import { field } from "./field-name.ts";
import type { FieldTable } from "./field-table.ts";
import { refusal } from "./head-problem.ts";
import { isToken, memberEnd, memberStart } from "./header-list.ts";

const chunked = Buffer.from("chunked");

/**
 * The number at bytes[start, end), digits only, up to 2^53 - 1 (RFC 9110 8.6); a `refusal` for anything else,
 * lists such as `5, 5` included.
 */
export function parseContentLength(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return refusal["bad-content-length"];
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - byte.zero;
    if (digit < 0 || digit > 9) return refusal["bad-content-length"];
    value = 10 * value + digit;
    if (value > Number.MAX_SAFE_INTEGER) return refusal["bad-content-length"];
  }
  return value;
}

/**
 * 0 if the head's Transfer-Encoding, which must be there, is `chunked` and nothing else; else a `refusal`. Codings
 * before the final `chunked` are valid and not supported (501, RFC 9112 6.1); a list that does not end in
 * `chunked`, or has it twice, frames nothing (400, RFC 9112 6.3 and 7).
 */
export function checkTransferEncoding(bytes: Uint8Array, fields: FieldTable, minor: number): number {
  if (minor === 0) return refusal["transfer-encoding-in-http-1.0"];
  if (fields.hasSeveral(field.transfer_encoding)) return refusal["duplicate-transfer-encoding"];
  if (fields.has(field.content_length)) return refusal["length-and-transfer-encoding"];
  const i = fields.indexOf(field.transfer_encoding);
  const start = fields.valueStart[i]!;
  const end = fields.valueEnd[i]!;
  if (isToken(bytes, start, end, chunked)) return 0;
  let codings = 0;
  let chunkings = 0;
  let isLast = false;
  for (let at = memberStart(bytes, start, end); at !== -1; ) {
    const stop = memberEnd(bytes, at, end);
    isLast = isToken(bytes, at, stop, chunked);
    if (isLast) chunkings++;
    codings++;
    at = memberStart(bytes, stop, end);
  }
  const isValid = isLast && chunkings === 1 && codings > 1;
  return isValid ? refusal["unsupported-transfer-encoding"] : refusal["bad-transfer-encoding"];
}

/**
 * Whether the line of field `i`, a valid Transfer-Encoding or Content-Length, is written as everybody writes it: at most one
 * space before the value, nothing behind it, `chunked` in lower case, a number without zeros in front. Of anything else
 * there are servers that do not see it, and take the body for another request.
 */
export function isPlainFraming(bytes: Uint8Array, fields: FieldTable, i: number): boolean {
  const start = fields.valueStart[i]!;
  const end = fields.valueEnd[i]!;
  const blanks = start - fields.nameEnd[i]! - 1;
  if (blanks > 1 || (blanks === 1 && bytes[start - 1] !== byte.space) || bytes[end] !== byte.cr) return false;
  if (fields.id[i] === field.content_length) return bytes[start] !== byte.zero || end - start === 1;
  return chunked.every((letter, k) => bytes[start + k] === letter);
}
