import { field } from "../../http1/field-name.ts";
import type { FieldTable } from "../../http1/field-table.ts";

/** Header fields as node:http2 takes them: names in lower case, and a list where there is more than one value. */
export type HeaderRecord = Record<string, string | string[]>;

/** A record without a prototype: clients may name a field `__proto__`. */
export function createRecord(): HeaderRecord {
  return Object.create(null);
}

/**
 * Adds the fields that a parser of HTTP/1.1 has just read in `bytes`, in their order, but those that are for one
 * connection only (RFC 9113 8.2.2), and those with the number `skip`.
 */
export function addFields(
  record: HeaderRecord,
  fields: FieldTable,
  bytes: Buffer,
  skip: number = field.connection,
): void {
  for (let i = 0; i < fields.count; i++) {
    if (fields.hop[i] === 1 || fields.id[i] === skip) continue;
    const name = bytes.toString("latin1", fields.nameStart[i]!, fields.nameEnd[i]!).toLowerCase();
    if (name === "http2-settings") continue;
    const value = bytes.toString("latin1", fields.valueStart[i]!, fields.valueEnd[i]!);
    const present = record[name];
    if (present === undefined) record[name] = value;
    else if (typeof present === "string") record[name] = [present, value];
    else present.push(value);
  }
}

/** The size of a head in the measure of SETTINGS_MAX_HEADER_LIST_SIZE (RFC 9113 6.5.2). */
export function listSize(record: HeaderRecord): number {
  let size = 0;
  for (const name in record) {
    const value = record[name]!;
    if (typeof value === "string") size += name.length + value.length + 32;
    else for (const each of value) size += name.length + each.length + 32;
  }
  return size;
}
