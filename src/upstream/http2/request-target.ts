import type { ClientHttp2Stream } from "node:http2";
import { field } from "../../http1/field-name.ts";
import { framing } from "../../http1/framing.ts";
import { parsed } from "../../http1/parsed.ts";
import { RequestParser } from "../../http1/request-parser.ts";
import type { HttpFailing } from "../outcomes.ts";
import { addFields, createRecord, type HeaderRecord, listSize } from "./header-record.ts";
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
  fail(end: HttpFailing, reason: string): void;
  /** The largest head that the server takes, as `listSize` measures it. */
  readonly headLimit: number;
  /** Bytes of the request are on their way. */
  wrote(): void;
}

/** More than a field is longer in HTTP/2 than its line is in HTTP/1.1, and what is counted for the request line. */
const listOverhead = 64;
const pseudoFields = 4;

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
      this.fail(heads.problem!.reason);
      return end;
    }
    const { body, contentLength, headEnd, fields } = heads;
    const options = { endStream: body === framing.none, waitForTrailers: body === framing.chunked };
    const headers = requestHeaders(heads, bytes, this.scheme);
    const { headLimit } = this.opener;
    // Most heads are so small that nobody has to count.
    const most = headEnd - at + listOverhead * (fields.count + pseudoFields);
    if (most > headLimit && listSize(headers) > headLimit) {
      this.opener.fail("headTooLarge", `the server takes no head of more than ${headLimit} bytes`);
      return end;
    }
    const stream = this.opener.open(headers, options);
    if (stream === null) return end;
    this.begin(stream, body, contentLength);
    return headEnd;
  }

  protected fail(reason: string): void {
    this.opener.fail("unsendable", reason);
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
