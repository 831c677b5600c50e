import { checkTransferEncoding, parseContentLength } from "./body-length.ts";
import { byte, valueByte } from "./byte-tables.ts";
import { connectionOption, hopByHop, readConnection } from "./connection-options.ts";
import { readFieldLines } from "./field-lines.ts";
import { field } from "./field-name.ts";
import { FieldTable } from "./field-table.ts";
import { framing } from "./framing.ts";
import type { HeadLimits } from "./head-limits.ts";
import { type HeadProblem, problemOf, refusal, unfinished } from "./head-problem.ts";
import { parsed } from "./parsed.ts";
import { method } from "./request-method.ts";
import { readVersion } from "./version.ts";

const firstFinal = 200;
const switchingProtocols = 101;
const noContent = 204;
const resetContent = 205;
const notModified = 304;

/**
 * Parses the head of an HTTP/1.1 or 1.0 response in place (RFC 9112, RFC 9110), as `RequestParser` does that of a
 * request, with the same strictness but for two habits of servers: the space before an empty reason may be missing,
 * and a Content-Length may be repeated with the same value (the repetitions are marked as `hop`).
 */
export class ResponseParser {
  limits: Omit<HeadLimits, "target"> = { head: 65_536, headers: 128 };
  readonly fields = new FieldTable();
  /** Behind the empty line. */
  headEnd = 0;
  /** 100 to 999. */
  status = 0;
  minor = 1;
  /** Where the status line begins; behind its CR LF. */
  lineStart = 0;
  statusLineEnd = 0;
  reasonStart = 0;
  reasonEnd = 0;
  /** How the body is framed (`framing`). */
  body: number = framing.none;
  /** What Content-Length says, even where there is no body (HEAD, 304); -1 if it says nothing. */
  contentLength = -1;
  /** It is a 205, which has no content and must say so, though its server did otherwise (RFC 9110 15.3.6). */
  emptied = false;
  /** Whether the connection may be used again after the body (RFC 9112 9.3). */
  keepAlive = true;
  /** Whether this is a 101 that switches to what its Upgrade names. */
  upgrade = false;
  /** Why the head was refused. */
  problem: HeadProblem | null = null;

  /**
   * Parses the head at bytes[start, end) of an answer to a request of `requestMethod` (`method`); returns a value of
   * `parsed`. After `incomplete` call again with the same start and more bytes.
   */
  parse(bytes: Uint8Array, start: number, end: number, requestMethod: number): number {
    const { limits } = this;
    const stop = Math.min(end, start + limits.head);
    const lineEnd = this.readStatusLine(bytes, start, stop);
    const headEnd =
      lineEnd < 0 ? lineEnd : readFieldLines(bytes, lineEnd, stop, this.fields, limits.headers, hopByHop);
    if (headEnd === unfinished) {
      return end - start < limits.head ? parsed.incomplete : this.refuse(refusal["head-too-large"]);
    }
    if (headEnd < 0) return this.refuse(headEnd);
    this.statusLineEnd = lineEnd;
    this.lineStart = start;
    this.headEnd = headEnd;
    const wrong = this.understand(bytes, requestMethod);
    if (wrong < 0) return this.refuse(wrong);
    this.problem = null;
    return parsed.complete;
  }

  private refuse(refused: number): number {
    this.problem = problemOf(refused);
    return parsed.refused;
  }

  /** RFC 9112 section 4. Returns the index behind the line, `unfinished` or a `refusal`. */
  private readStatusLine(bytes: Uint8Array, start: number, end: number): number {
    const minor = readVersion(bytes, start, end, "bad-status-line");
    if (minor < 0) return minor;
    this.minor = minor;
    let at = start + 8;
    if (at === end) return unfinished;
    if (bytes[at++] !== byte.space) return refusal["bad-status-line"];
    this.status = 0;
    for (let i = 0; i < 3; i++, at++) {
      if (at === end) return unfinished;
      const digit = bytes[at]! - byte.zero;
      if (digit < (i === 0 ? 1 : 0) || digit > 9) return refusal["bad-status-line"];
      this.status = 10 * this.status + digit;
    }
    if (at === end) return unfinished;
    if (bytes[at] === byte.space) at++;
    else if (bytes[at] !== byte.cr && bytes[at] !== byte.lf) return refusal["bad-status-line"];
    this.reasonStart = at;
    while (at < end && valueByte[bytes[at]!] === 1) at++;
    this.reasonEnd = at;
    if (at === end) return unfinished;
    if (bytes[at] !== byte.cr) return bytes[at] === byte.lf ? refusal["bare-lf"] : refusal["bad-status-line"];
    if (at + 1 === end) return unfinished;
    return bytes[at + 1] === byte.lf ? at + 2 : refusal["bare-cr"];
  }

  private understand(bytes: Uint8Array, requestMethod: number): number {
    const { fields, status } = this;
    const wrong = this.readFraming(bytes);
    if (wrong < 0) return wrong;
    const options = fields.has(field.connection) ? readConnection(bytes, fields) : 0;
    this.keepAlive =
      (options & connectionOption.close) === 0 &&
      (this.minor === 1 || (options & connectionOption.keepAlive) !== 0);
    this.upgrade =
      status === switchingProtocols &&
      (options & connectionOption.upgrade) !== 0 &&
      fields.has(field.upgrade);
    this.emptied = status === resetContent && requestMethod !== method.HEAD && this.body !== framing.none;
    const isTunnel = requestMethod === method.CONNECT && status >= 200 && status < 300;
    if (status < firstFinal || status === noContent || isTunnel || this.emptied) this.dropFraming();
    else if (status === notModified || requestMethod === method.HEAD) this.body = framing.none;
    else if (this.body === framing.close) this.keepAlive = false;
    return 0;
  }

  /** The framing that the fields ask for, whether or not the answer has a body (RFC 9112 6.3). */
  private readFraming(bytes: Uint8Array): number {
    const { fields } = this;
    this.contentLength = -1;
    this.body = framing.close;
    if (fields.has(field.transfer_encoding)) {
      this.body = framing.chunked;
      return checkTransferEncoding(bytes, fields, this.minor);
    }
    if (!fields.has(field.content_length)) return 0;
    for (let i = fields.indexOf(field.content_length); i !== -1; ) {
      const length = parseContentLength(bytes, fields.valueStart[i]!, fields.valueEnd[i]!);
      if (length < 0) return length;
      if (this.contentLength !== -1) {
        if (length !== this.contentLength) return refusal["duplicate-content-length"];
        fields.hop[i] = 1;
      }
      this.contentLength = length;
      i = fields.indexOf(field.content_length, i + 1);
    }
    this.body = this.contentLength === 0 ? framing.none : framing.length;
    return 0;
  }

  /**
   * An answer that has no body and must not announce one (RFC 9110 8.6, RFC 9112 6.1). Where it does, the fields are
   * not for passing on, and the connection is not for another request: the server may send the body after all.
   */
  private dropFraming(): void {
    const { fields } = this;
    if (this.emptied || this.body === framing.chunked || this.contentLength > 0) this.keepAlive = false;
    for (let i = fields.indexOf(field.content_length); i !== -1; ) {
      fields.hop[i] = 1;
      i = fields.indexOf(field.content_length, i + 1);
    }
    this.contentLength = this.emptied ? 0 : -1;
    this.body = framing.none;
  }
}
