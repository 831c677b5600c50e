import { loadHttp } from "../../core/lazy-builtins.ts";
import { method } from "../../http1/request-method.ts";
import { fieldLines, joinedValue } from "./field-lines.ts";

/** A head of HTTP/2 in the form of HTTP/1.1. */
export interface ResponseHead {
  readonly bytes: Buffer;
  /** Podmate puts the content into chunks. */
  readonly chunked: boolean;
}

/**
 * The head of an answer in the form of HTTP/1.1, with the framing that HTTP/2 says by its frames; null if it is
 * malformed. `ends`: no content follows, nor trailers.
 */
export function responseHead(
  raw: readonly string[],
  ends: boolean,
  requestMethod: number,
): ResponseHead | null {
  const status = joinedValue(raw, ":status", ",") ?? "";
  const lines = fieldLines(raw);
  if (lines === null || !/^[1-5][0-9]{2}$/.test(status) || status === "101") return null;
  const phrase = loadHttp().STATUS_CODES[status] ?? "";
  const hasContent = status >= "200" && status !== "204" && status !== "304" && requestMethod !== method.HEAD;
  const framed = !hasContent || joinedValue(raw, "content-length", ",") !== null;
  const chunked = !framed && !ends;
  const length = framed ? "" : chunked ? "transfer-encoding: chunked\r\n" : "content-length: 0\r\n";
  return { bytes: Buffer.from(`HTTP/1.1 ${status} ${phrase}\r\n${lines}${length}\r\n`, "latin1"), chunked };
}
