import type { ServerHttp2Stream } from "node:http2";
import { framing } from "../../http1/framing.ts";
import { parsed } from "../../http1/parsed.ts";
import { method } from "../../http1/request-method.ts";
import { ResponseParser } from "../../http1/response-parser.ts";
import { addFields, createRecord, type HeaderRecord } from "../../upstream/http2/header-record.ts";
import { MessageTarget, noLimits } from "../../upstream/http2/message-target.ts";

const heads = new ResponseParser();
heads.limits = noLimits;

/** Sends an answer that is written in the form of HTTP/1.1 on a stream of HTTP/2. */
export class AnswerTarget extends MessageTarget {
  /** That of the request: it decides whether the answer has content. */
  method: number = method.other;
  private readonly client: ServerHttp2Stream;
  private readonly onFailure: (reason: string) => void;

  constructor(client: ServerHttp2Stream, onFailure: (reason: string) => void) {
    super();
    this.client = client;
    this.onFailure = onFailure;
  }

  protected readHead(bytes: Buffer, at: number, end: number): number {
    const result = heads.parse(bytes, at, end, this.method);
    if (result === parsed.incomplete) return -1;
    if (result === parsed.refused) {
      this.fail(heads.problem!.reason);
      return end;
    }
    const { body, contentLength, headEnd } = heads;
    const headers = responseHeaders(heads, bytes);
    try {
      if (heads.status < 200) {
        if (!this.client.headersSent) this.client.additionalHeaders(headers);
        return headEnd;
      }
      this.client.respond(headers, {
        endStream: body === framing.none,
        waitForTrailers: body === framing.chunked,
        ...withoutDate,
      });
    } catch (error) {
      // A field that node:http2 does not take, or a stream that the client has just given up.
      this.fail((error as Error).message);
      return end;
    }
    this.begin(this.client, body, contentLength);
    return headEnd;
  }

  protected fail(reason: string): void {
    this.onFailure(reason);
  }
}

/** Date is the server's to say; an option that the types do not have. */
const withoutDate = { sendDate: false };

function responseHeaders(head: ResponseParser, bytes: Buffer): HeaderRecord {
  const headers = createRecord();
  // node:http2 sends no status above 599; clients are to take those for a 5xx (RFC 9110 15).
  headers[":status"] = String(head.status > 599 ? 500 : head.status);
  addFields(headers, head.fields, bytes);
  return headers;
}
