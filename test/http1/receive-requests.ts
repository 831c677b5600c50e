import { ChunkedBody, chunked } from "../../src/http1/chunked-body.ts";
import { framing } from "../../src/http1/framing.ts";
import { parsed } from "../../src/http1/parsed.ts";
import { RequestParser } from "../../src/http1/request-parser.ts";
import { TrailerParser } from "../../src/http1/trailer-parser.ts";

/** What a connection said: its requests, and why it is closed or what it waits for. */
export interface Received {
  /** Method, target and the bytes of the body with its framing. */
  readonly requests: readonly string[];
  /** Code of the problem, `waiting` for more bytes, or `done`. */
  readonly end: string;
}

/** Reads `text` as a connection's whole input with the codec, one request after the other. */
export function receiveRequests(text: string): Received {
  const bytes = Buffer.from(text, "latin1");
  const head = new RequestParser();
  const requests: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    const state = head.parse(bytes, at, bytes.length);
    if (state === parsed.refused) return { requests, end: head.problem!.code };
    if (state === parsed.incomplete) return { requests, end: "waiting" };
    const line = bytes.toString("latin1", head.methodStart, head.targetEnd);
    const body = bodyEnd(bytes, head);
    requests.push(`${line} ${JSON.stringify(bytes.toString("latin1", head.headEnd, body.end))}`);
    if (body.problem !== null) return { requests, end: body.problem };
    at = body.end;
  }
  return { requests, end: "done" };
}

function bodyEnd(bytes: Buffer, head: RequestParser): { end: number; problem: string | null } {
  const start = head.headEnd;
  if (head.body === framing.none) return { end: start, problem: null };
  if (head.body === framing.length) {
    const end = start + head.contentLength;
    return end > bytes.length ? { end: bytes.length, problem: "waiting" } : { end, problem: null };
  }
  const chunks = new ChunkedBody();
  const lastLine = chunks.scan(bytes, start, bytes.length);
  if (chunks.state === chunked.refused) return { end: lastLine, problem: chunks.problem!.code };
  if (chunks.state === chunked.body) return { end: lastLine, problem: "waiting" };
  const trailers = new TrailerParser();
  const state = trailers.parse(bytes, lastLine, bytes.length);
  if (state === parsed.refused) return { end: lastLine, problem: trailers.problem!.code };
  if (state === parsed.incomplete) return { end: bytes.length, problem: "waiting" };
  return { end: trailers.end, problem: null };
}
