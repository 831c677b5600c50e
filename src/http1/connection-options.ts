import { field, fieldSet, identifyField } from "./field-name.ts";
import type { FieldTable } from "./field-table.ts";
import { isToken, memberEnd, memberStart } from "./header-list.ts";

/** Fields that are about one connection (RFC 9110 7.6.1). Trailer is none: trailers are passed on, and so is what tells of them. */
export const hopByHop = fieldSet(
  field.connection,
  field.keep_alive,
  field.proxy_connection,
  field.te,
  field.transfer_encoding,
  field.upgrade,
);

/**
 * What stays although Connection names it: the fields that frame and route the message, and those that tell the
 * server of the client, which a client must not be able to have taken off on the way.
 */
const notForConnection = fieldSet(
  field.host,
  field.content_length,
  field.via,
  field.forwarded,
  field.x_forwarded_for,
  field.x_forwarded_proto,
  field.x_forwarded_host,
  field.x_forwarded_port,
  field.x_real_ip,
);

/** Bits of what `readConnection` found. */
export const connectionOption = { close: 1, keepAlive: 2, upgrade: 4 } as const;

const close = Buffer.from("close");
const keepAlive = Buffer.from("keep-alive");
const upgrade = Buffer.from("upgrade");

/**
 * Reads all Connection fields of a head as one list and marks the fields they name as `hop`.
 * Returns `connectionOption` bits.
 */
export function readConnection(bytes: Uint8Array, fields: FieldTable): number {
  let options = 0;
  for (let i = fields.indexOf(field.connection); i !== -1; i = fields.indexOf(field.connection, i + 1)) {
    const start = fields.valueStart[i]!;
    const end = fields.valueEnd[i]!;
    // Nearly always there is no list to look for.
    options |= optionOf(bytes, start, end) || readOptions(bytes, start, end, fields);
  }
  return options;
}

function readOptions(bytes: Uint8Array, start: number, end: number, fields: FieldTable): number {
  let options = 0;
  let at = memberStart(bytes, start, end);
  while (at !== -1) {
    const stop = memberEnd(bytes, at, end);
    const option = optionOf(bytes, at, stop);
    if (option === 0) markNamed(bytes, at, stop, fields);
    options |= option;
    at = memberStart(bytes, stop, end);
  }
  return options;
}

/** The `connectionOption` at bytes[start, end), 0 if it is none of them. */
function optionOf(bytes: Uint8Array, start: number, end: number): number {
  switch (end - start) {
    case 5:
      return isToken(bytes, start, end, close) ? connectionOption.close : 0;
    case 7:
      return isToken(bytes, start, end, upgrade) ? connectionOption.upgrade : 0;
    case 10:
      return isToken(bytes, start, end, keepAlive) ? connectionOption.keepAlive : 0;
    default:
      return 0;
  }
}

function markNamed(bytes: Uint8Array, start: number, end: number, fields: FieldTable): void {
  const id = identifyField(bytes, start, end);
  if (notForConnection[id] === 1) return;
  for (let i = 0; i < fields.count; i++) {
    if (fields.id[i] === id && fields.isNamed(i, bytes, bytes, start, end)) fields.hop[i] = 1;
  }
}
