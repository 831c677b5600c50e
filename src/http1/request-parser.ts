import { hostNameEnd } from "./authority.ts";
import { checkTransferEncoding, isPlainFraming, parseContentLength } from "./body-length.ts";
import { connectionOption, hopByHop, readConnection } from "./connection-options.ts";
import { readFieldLines } from "./field-lines.ts";
import { field } from "./field-name.ts";
import { FieldTable } from "./field-table.ts";
import { framing } from "./framing.ts";
import type { HeadLimits } from "./head-limits.ts";
import { type HeadProblem, problemOf, refusal, unfinished } from "./head-problem.ts";
import { isToken } from "./header-list.ts";
import { parsed } from "./parsed.ts";
import { RequestLine } from "./request-line.ts";
import { method } from "./request-method.ts";

export { targetForm } from "./request-line.ts";
export { method } from "./request-method.ts";

const continueToken = Buffer.from("100-continue");

/**
 * Parses the head of an HTTP/1.1 or 1.0 request in place (RFC 9112, RFC 9110). The result stays in the parser's
 * fields until the next call; offsets are into the bytes given. It allocates nothing unless a head has more fields
 * than any before it.
 *
 * Where the RFCs leave a choice it refuses what another parser might read otherwise: more than one Content-Length
 * even if they agree, Transfer-Encoding other than a single `chunked`, either of them twice or both together, bare
 * CR or LF, folded lines, white space around a field's name, control characters, a fragment in the target.
 */
export class RequestParser extends RequestLine {
  limits: HeadLimits = { head: 65_536, headers: 128, target: 8192 };
  readonly fields = new FieldTable();
  /** Behind the empty line. */
  headEnd = 0;
  /** How the body is framed (`framing`): none, length or chunked. */
  body: number = framing.none;
  /** Bytes of body that follow if it is framed by length, else 0. */
  contentLength = 0;
  /** The field that frames the body is valid, but written in a way that not every server reads (`isPlainFraming`). */
  oddFraming = false;
  /** Whether the client would send another request on the connection (RFC 9112 9.3). */
  keepAlive = true;
  /** Whether the client waits for a 100 before it sends the body (RFC 9110 10.1.1). */
  expectContinue = false;
  /** Whether the client would switch to a protocol that its Upgrade names (RFC 9110 7.8). */
  upgrade = false;
  /** Why the head was refused. */
  problem: HeadProblem | null = null;

  /**
   * Parses the head at bytes[start, end); returns a value of `parsed`. After `incomplete` call again with the same
   * start and more bytes: what is wrong with a head is told as soon as it can be seen, and stays the same.
   */
  parse(bytes: Uint8Array, start: number, end: number): number {
    const { limits } = this;
    const stop = Math.min(end, start + limits.head);
    const lineEnd = this.readLine(bytes, start, stop, limits.target);
    const headEnd =
      lineEnd < 0 ? lineEnd : readFieldLines(bytes, lineEnd, stop, this.fields, limits.headers, hopByHop);
    if (headEnd === unfinished) {
      return end - start < limits.head ? parsed.incomplete : this.refuse(refusal["head-too-large"]);
    }
    if (headEnd < 0) return this.refuse(headEnd);
    this.headEnd = headEnd;
    const wrong = this.understand(bytes);
    if (wrong < 0) return this.refuse(wrong);
    this.problem = null;
    return parsed.complete;
  }

  /** Whether the request says whom it is for, be it with an empty Host: one of HTTP/1.0 need not. */
  get namesHost(): boolean {
    return this.hostEnd > this.hostStart || this.fields.has(field.host);
  }

  private refuse(refused: number): number {
    this.problem = problemOf(refused);
    return parsed.refused;
  }

  /** Draws from the fields what they mean for routing and framing; 0 or a `refusal`. */
  private understand(bytes: Uint8Array): number {
    const { fields } = this;
    const wrong = this.readHost(bytes);
    if (wrong < 0) return wrong;
    const framed = this.readFraming(bytes);
    if (framed < 0) return framed;
    const options = fields.has(field.connection) ? readConnection(bytes, fields) : 0;
    const isCurrent = this.minor === 1;
    this.keepAlive =
      (options & connectionOption.close) === 0 && (isCurrent || (options & connectionOption.keepAlive) !== 0);
    this.upgrade = isCurrent && (options & connectionOption.upgrade) !== 0 && fields.has(field.upgrade);
    this.expectContinue = false;
    return fields.has(field.expect) ? this.readExpect(bytes) : 0;
  }

  /**
   * Exactly one Host with HTTP/1.1, at most one with 1.0 (RFC 9112 3.2). It must be valid even where the target has
   * an authority, which then is the one that counts (RFC 9112 3.2.2).
   */
  private readHost(bytes: Uint8Array): number {
    const { fields } = this;
    const i = fields.indexOf(field.host);
    if (i === -1) return this.minor === 1 ? refusal["missing-host"] : 0;
    if (fields.hasSeveral(field.host)) return refusal["duplicate-host"];
    const start = fields.valueStart[i]!;
    const end = fields.valueEnd[i]!;
    const nameEnd = hostNameEnd(bytes, start, end);
    if (nameEnd === -1 || (nameEnd === start && end > start)) return refusal["bad-host"];
    if (this.hostEnd > this.hostStart) return 0;
    this.hostStart = start;
    this.hostEnd = end;
    this.hostNameEnd = nameEnd;
    return 0;
  }

  private readFraming(bytes: Uint8Array): number {
    const { fields } = this;
    this.body = framing.none;
    this.contentLength = 0;
    this.oddFraming = false;
    if (fields.has(field.transfer_encoding)) {
      const wrong = checkTransferEncoding(bytes, fields, this.minor);
      if (wrong < 0) return wrong;
      this.body = framing.chunked;
      this.oddFraming = !isPlainFraming(bytes, fields, fields.indexOf(field.transfer_encoding));
    } else if (fields.has(field.content_length)) {
      if (fields.hasSeveral(field.content_length)) return refusal["duplicate-content-length"];
      const i = fields.indexOf(field.content_length);
      const length = parseContentLength(bytes, fields.valueStart[i]!, fields.valueEnd[i]!);
      if (length < 0) return length;
      this.contentLength = length;
      this.body = length === 0 ? framing.none : framing.length;
      this.oddFraming = !isPlainFraming(bytes, fields, i);
    }
    // What follows a CONNECT is the tunnel's (RFC 9110 9.3.6); a server that saw a body there would lose step.
    return this.method === method.CONNECT && this.body !== framing.none ? refusal["connect-with-body"] : 0;
  }

  /** HTTP/1.0 knows no 100 (RFC 9110 10.1.1). */
  private readExpect(bytes: Uint8Array): number {
    const { fields } = this;
    for (let i = fields.indexOf(field.expect); i !== -1; i = fields.indexOf(field.expect, i + 1)) {
      if (!isToken(bytes, fields.valueStart[i]!, fields.valueEnd[i]!, continueToken)) {
        return refusal["unknown-expectation"];
      }
    }
    this.expectContinue = this.minor === 1;
    return 0;
  }
}
