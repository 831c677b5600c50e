import { field, fieldSet, identifyField } from "./field-name.ts";
import type { FieldTable } from "./field-table.ts";
import { isToken, memberEnd, memberStart } from "./header-list.ts";

/** Fields that are about one connection (RFC 9110 7.6.1), and Trailer, which whoever passes trailers on sends anew. */
export const hopByHop = fieldSet(
  field.connection,
  field.keep_alive,
  field.proxy_connection,
  field.te,
  field.trailer,
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
    const end = fields.valueEnd[i]!;
    let at = memberStart(bytes, fields.valueStart[i]!, end);
    while (at !== -1) {
      const stop = memberEnd(bytes, at, end);
      if (isToken(bytes, at, stop, keepAlive)) options |= connectionOption.keepAlive;
      else if (isToken(bytes, at, stop, close)) options |= connectionOption.close;
      else if (isToken(bytes, at, stop, upgrade)) options |= connectionOption.upgrade;
      else markNamed(bytes, at, stop, fields);
      at = memberStart(bytes, stop, end);
    }
  }
  return options;
}

function markNamed(bytes: Uint8Array, start: number, end: number, fields: FieldTable): void {
  const id = identifyField(bytes, start, end);
  if (notForConnection[id] === 1) return;
  for (let i = 0; i < fields.count; i++) {
    if (fields.id[i] === id && fields.isNamed(i, bytes, bytes, start, end)) fields.hop[i] = 1;
  }
}
