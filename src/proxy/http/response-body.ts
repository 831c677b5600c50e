import type { SocketWriter } from "../../core/socket-writer.ts";
import { ChunkData } from "../../http1/chunk-data.ts";
import { framing } from "../../http1/framing.ts";
import type { TrailerParser } from "../../http1/trailer-parser.ts";
import { writeTrailers } from "./trailer-writer.ts";

/** How the bytes of an answer's body reach the client. */
const delivery = {
  asItCame: 0,
  /** It ends with the server's connection, and the client's is to go on. */
  inChunks: 1,
  /** It comes in chunks, which the client does not know. */
  withoutChunks: 2,
} as const;

/** Passes the body of an answer on, in the framing that the client understands. Recycled by `begin`. */
export class ResponseBody {
  /** Bytes that the server has sent, framing included. */
  length = 0;
  /** Only the end of the connection tells the client that the body is complete. */
  endsWithConnection = false;
  private delivery: number = delivery.asItCame;
  private readonly data = new ChunkData();

  /** Prepares for a body of the given framing; `old`: the client speaks HTTP/1.0. */
  begin(of: number, old: boolean): void {
    this.length = 0;
    this.endsWithConnection = old && (of === framing.close || of === framing.chunked);
    this.delivery = delivery.asItCame;
    if (of === framing.close && !old) this.delivery = delivery.inChunks;
    else if (of === framing.chunked && old) {
      this.delivery = delivery.withoutChunks;
      this.data.reset();
    }
  }

  /** Podmate itself puts it into chunks. */
  get rechunked(): boolean {
    return this.delivery === delivery.inChunks;
  }

  write(writer: SocketWriter, bytes: Buffer, start: number, end: number): void {
    this.length += end - start;
    if (this.delivery === delivery.asItCame) writer.append(bytes, start, end);
    else if (this.delivery === delivery.withoutChunks) this.data.extract(bytes, start, end, writer);
    else {
      writer.appendLatin1(`${(end - start).toString(16)}\r\n`);
      writer.append(bytes, start, end);
      writer.appendLatin1("\r\n");
    }
  }

  writeTrailers(writer: SocketWriter, trailers: TrailerParser, bytes: Buffer): void {
    if (this.delivery === delivery.asItCame) writeTrailers(writer, trailers, bytes);
  }

  end(writer: SocketWriter): void {
    if (this.delivery === delivery.inChunks) writer.appendLatin1("0\r\n\r\n");
  }
}
