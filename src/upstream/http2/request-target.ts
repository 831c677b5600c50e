import type { ClientHttp2Stream } from "node:http2";
import { field } from "../../http1/field-name.ts";
import { framing } from "../../http1/framing.ts";
import { parsed } from "../../http1/parsed.ts";
import { RequestParser } from "../../http1/request-parser.ts";
import { addFields, createRecord, type HeaderRecord } from "./header-record.ts";
import { MessageTarget, noLimits } from "./message-target.ts";

/** How a request is begun on a stream. */
export interface StreamOptions {
  readonly endStream: boolean;
  readonly waitForTrailers: boolean;
}

/** What a request's target needs of the connection. */
export interface RequestOpener {
  /** Opens a stream; null if there can be none. */
  open(headers: HeaderRecord, options: StreamOptions): ClientHttp2Stream | null;
  fail(reason: string): void;
  /** Bytes of the request are on their way. */
  wrote(): void;
}

const heads = new RequestParser();
heads.limits = noLimits;

/** Sends a request that is written in the form of HTTP/1.1 on a stream of HTTP/2. */
export class RequestTarget extends MessageTarget {
  private readonly opener: RequestOpener;
  private readonly scheme: "http" | "https";

  constructor(opener: RequestOpener, scheme: "http" | "https") {
    super();
    this.opener = opener;
    this.scheme = scheme;
  }

  override write(bytes: Buffer, done?: (error?: Error | null) => void): void {
    this.opener.wrote();
    super.write(bytes, done);
  }

  protected readHead(bytes: Buffer, at: number, end: number): number {
    const result = heads.parse(bytes, at, end);
    if (result === parsed.incomplete) return -1;
    if (result === parsed.refused) {
      this.opener.fail(heads.problem!.reason);
      return end;
    }
    const { body, contentLength, headEnd } = heads;
    const options = { endStream: body === framing.none, waitForTrailers: body === framing.chunked };
    const stream = this.opener.open(requestHeaders(heads, bytes, this.scheme), options);
    if (stream === null) return end;
    this.begin(stream, body, contentLength);
    return headEnd;
  }

  protected fail(reason: string): void {
    this.opener.fail(reason);
  }
}

/** RFC 9113 8.3.1. An upgrade is asked for in HTTP/1.1 only: a server of HTTP/2 answers without one. */
function requestHeaders(head: RequestParser, bytes: Buffer, scheme: string): HeaderRecord {
  const headers = createRecord();
  headers[":method"] = bytes.toString("latin1", head.methodStart, head.methodEnd);
  headers[":scheme"] = scheme;
  headers[":authority"] = bytes.toString("latin1", head.hostStart, head.hostEnd);
  headers[":path"] = bytes.toString("latin1", head.targetStart, head.targetEnd);
  addFields(headers, head.fields, bytes, field.host);
  // It is there only where the client takes trailers, and the one value that HTTP/2 has.
  if (head.fields.has(field.te)) headers["te"] = "trailers";
  return headers;
}
