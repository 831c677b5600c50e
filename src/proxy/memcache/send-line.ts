import type { SocketWriter } from "../../core/socket-writer.ts";
import type { RequestParser } from "../../memcache/request-parser.ts";
import { serverLine } from "../../memcache/server-line.ts";

const cr = 0x0d;
const crlf = Buffer.from("\r\n");

/** Writes the line that `request` has parsed from `bytes` as servers get it. */
export function sendLine(writer: SocketWriter, request: RequestParser, bytes: Buffer): void {
  if (request.canonical) writer.append(bytes, request.words[0]!, request.argsEnd);
  else writer.appendLatin1(serverLine(request, bytes));
  writer.append(crlf, 0, 2);
}

/** The same with the value behind it, which ends at `next`: at once, where the client has sent it as servers get it. */
export function sendRequest(writer: SocketWriter, request: RequestParser, bytes: Buffer, next: number): void {
  const { lineEnd, argsEnd } = request;
  if (request.canonical && argsEnd === lineEnd - 2 && bytes[argsEnd] === cr) {
    writer.append(bytes, request.words[0]!, next);
    return;
  }
  sendLine(writer, request, bytes);
  if (next > lineEnd) writer.append(bytes, lineEnd, next);
}

/** The same as text. */
export function requestText(request: RequestParser, bytes: Buffer, next: number): string {
  return `${serverLine(request, bytes)}\r\n${bytes.toString("latin1", request.lineEnd, next)}`;
}
