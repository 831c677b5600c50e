import { byte, tokenByte, valueByte } from "./byte-tables.ts";
import { identifyField } from "./field-name.ts";
import type { FieldTable } from "./field-table.ts";
import { refusal, unfinished } from "./head-problem.ts";

/**
 * Reads field lines and the empty line after them at bytes[at, end) into `fields` (RFC 9112 section 5), strictly:
 * names are tokens with the colon right after, values have no control character but the tab, lines end in CR LF
 * and are not folded. `hopById` says which of the known ones are marked as `hop`.
 *
 * Returns the index behind the empty line, `unfinished`, or a `refusal`: that of the first byte that is wrong, so it
 * is the same however many bytes follow.
 */
export function readFieldLines(
  bytes: Uint8Array,
  at: number,
  end: number,
  fields: FieldTable,
  limit: number,
  hopById: Uint8Array,
): number {
  fields.clear();
  let count = 0;
  let seen = 0;
  let repeated = 0;
  while (at < end) {
    const nameStart = at;
    while (at < end && tokenByte[bytes[at]!] === 1) at++;
    if (at === end) break;
    if (at === nameStart || bytes[at] !== byte.colon) {
      if (at > nameStart || bytes[at] !== byte.cr) return badName(bytes, nameStart, at, count);
      if (at + 1 === end) break;
      if (bytes[at + 1] !== byte.lf) return refusal["bare-cr"];
      fields.count = count;
      fields.seen = seen;
      fields.repeated = repeated;
      return at + 2;
    }
    if (count === limit) return refusal["too-many-fields"];
    if (count === fields.id.length) fields.grow();
    const nameEnd = at++;
    while (at < end && (bytes[at] === byte.space || bytes[at] === byte.tab)) at++;
    const valueStart = at;
    while (at < end && valueByte[bytes[at]!] === 1) at++;
    if (at === end) break;
    if (bytes[at] !== byte.cr) return bytes[at] === byte.lf ? refusal["bare-lf"] : refusal["bad-field-value"];
    if (at + 1 === end) break;
    if (bytes[at + 1] !== byte.lf) return refusal["bare-cr"];
    let valueEnd = at;
    while (
      valueEnd > valueStart &&
      (bytes[valueEnd - 1] === byte.space || bytes[valueEnd - 1] === byte.tab)
    ) {
      valueEnd--;
    }
    at += 2;
    const id = identifyField(bytes, nameStart, nameEnd);
    if (id !== 0 && id < 32) {
      repeated |= seen & (1 << id);
      seen |= 1 << id;
    }
    fields.nameStart[count] = nameStart;
    fields.nameEnd[count] = nameEnd;
    fields.valueStart[count] = valueStart;
    fields.valueEnd[count] = valueEnd;
    fields.id[count] = id;
    fields.hop[count] = hopById[id]!;
    count++;
  }
  return unfinished;
}

/** Why the line whose name would be at bytes[start, at) is not a field. */
function badName(bytes: Uint8Array, start: number, at: number, count: number): number {
  const wrong = bytes[at];
  const isSpace = wrong === byte.space || wrong === byte.tab;
  if (wrong === byte.lf) return refusal["bare-lf"];
  if (at > start) {
    if (isSpace) return refusal["space-before-colon"];
    return wrong === byte.cr ? refusal["missing-colon"] : refusal["bad-field-name"];
  }
  if (isSpace) return count === 0 ? refusal["space-before-first-field"] : refusal["obs-fold"];
  return wrong === byte.colon ? refusal["empty-field-name"] : refusal["bad-field-name"];
}
