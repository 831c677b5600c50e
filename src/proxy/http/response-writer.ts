import type { SocketWriter } from "../../core/socket-writer.ts";
import { field } from "../../http1/field-name.ts";
import { framing } from "../../http1/framing.ts";
import type { ResponseParser } from "../../http1/response-parser.ts";

/** How an answer's head is changed on its way. */
export interface ResponseChanges {
  /** The answer goes with `Transfer-Encoding: chunked`. */
  readonly chunked: boolean;
  /** Value of Connection; null: none. */
  readonly connection: "close" | "keep-alive" | null;
  /** The server's Upgrade goes on: it switches to that protocol (101), or wants it (426). */
  readonly upgrade: boolean;
  /** Lines that are added, each with its end. */
  readonly added: string;
}

/** Lines for answers that came in HTTP/1.0, in 1.1 and in 2. */
export type ViaLines = readonly [old: string, current: string, http2: string];

/** Via (RFC 9110 7.6.3), from one who goes by the name `via`, if any. */
export function viaLines(via: string | null): ViaLines {
  if (via === null) return ["", "", ""];
  return [`Via: 1.0 ${via}\r\n`, `Via: 1.1 ${via}\r\n`, `Via: 2.0 ${via}\r\n`];
}

const http11 = "HTTP/1.1";

/**
 * Writes the head that the parser has just read as the client is to see it: the same status, the same lines in the same
 * order, but none that were for podmate alone.
 */
export function writeResponseHead(
  writer: SocketWriter,
  head: ResponseParser,
  bytes: Buffer,
  changes: ResponseChanges,
): void {
  const { fields } = head;
  let run = head.lineStart;
  if (head.minor !== 1) {
    writer.appendLatin1(http11);
    run += http11.length;
  }
  const keepsChunks = changes.chunked && head.body === framing.chunked;
  for (let i = 0; i < fields.count; i++) {
    if (fields.hop[i] === 0) continue;
    if (keepsChunks && fields.id[i] === field.transfer_encoding) continue;
    const line = fields.nameStart[i]!;
    if (line > run) writer.append(bytes, run, line);
    run = i + 1 < fields.count ? fields.nameStart[i + 1]! : head.headEnd - 2;
  }
  if (head.headEnd - 2 > run) writer.append(bytes, run, head.headEnd - 2);
  if (head.emptied) writer.appendLatin1("Content-Length: 0\r\n");
  if (changes.chunked && !keepsChunks) writer.appendLatin1("Transfer-Encoding: chunked\r\n");
  if (changes.upgrade) writeUpgrade(writer, head, bytes, changes.connection);
  else if (changes.connection !== null) writer.appendLatin1(`Connection: ${changes.connection}\r\n`);
  if (changes.added !== "") writer.appendLatin1(changes.added);
  writer.appendLatin1("\r\n");
}

/** The protocol that the server switches to, or wants (RFC 9110 7.8, 15.5.22). */
function writeUpgrade(
  writer: SocketWriter,
  { fields }: ResponseParser,
  bytes: Buffer,
  connection: ResponseChanges["connection"],
): void {
  writer.appendLatin1(`Connection: ${connection === null ? "" : `${connection}, `}upgrade\r\n`);
  for (let i = 0; i < fields.count; i++) {
    if (fields.id[i] !== field.upgrade) continue;
    writer.appendLatin1("Upgrade: ");
    writer.append(bytes, fields.valueStart[i]!, fields.valueEnd[i]!);
    writer.appendLatin1("\r\n");
  }
}

/** A head of 1xx goes as it is. */
export function writeInterimHead(writer: SocketWriter, head: ResponseParser, bytes: Buffer): void {
  writeResponseHead(writer, head, bytes, interim);
}

const interim = { chunked: false, connection: null, upgrade: false, added: "" } as const;
