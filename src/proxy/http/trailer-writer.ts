import type { ByteQueue } from "../../core/byte-queue.ts";
import type { SocketWriter } from "../../core/socket-writer.ts";
import type { TrailerParser } from "../../http1/trailer-parser.ts";

/** Writes what follows the last chunk, without fields that have no place there, up to the end of the message. */
export function writeTrailers(to: SocketWriter | ByteQueue, trailers: TrailerParser, bytes: Buffer): void {
  const { fields } = trailers;
  for (let i = 0; i < fields.count; i++) {
    if (fields.hop[i] === 1) continue;
    const next = i + 1 < fields.count ? fields.nameStart[i + 1]! : trailers.end - 2;
    to.append(bytes, fields.nameStart[i]!, next);
  }
  to.appendLatin1("\r\n");
}
