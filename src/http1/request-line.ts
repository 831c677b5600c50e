import { hostNameEnd, namesPort } from "./authority.ts";
import { byte, lowerCase, pathByte, targetByte, tokenByte } from "./byte-tables.ts";
import { refusal, unfinished } from "./head-problem.ts";
import { identifyMethod, method } from "./request-method.ts";
import { readVersion } from "./version.ts";

/** The forms of a request target (RFC 9112 section 3.2). */
export const targetForm = { origin: 0, absolute: 1, authority: 2, asterisk: 3 } as const;

/** Empty lines that are passed over before a request line, for clients that end a body with one (RFC 9112 2.2). */
const maxEmptyLines = 4;

const schemes = [Buffer.from("http://"), Buffer.from("https://")];

/** What a request line says; offsets are into the bytes it was read from. */
export class RequestLine {
  /** Where the line begins, empty lines before it passed over. */
  lineStart = 0;
  method: number = method.other;
  methodStart = 0;
  methodEnd = 0;
  targetStart = 0;
  targetEnd = 0;
  form: number = targetForm.origin;
  /** Empty where the target has no path: with CONNECT, or an absolute target such as `http://host?query`. */
  pathStart = 0;
  pathEnd = 0;
  /** Behind the `?`; -1 if there is none. */
  queryStart = -1;
  queryEnd = -1;
  /** The authority that the request is for, `host [ ":" port ]`; the host alone ends at `hostNameEnd`. */
  hostStart = 0;
  hostEnd = 0;
  hostNameEnd = 0;
  minor = 1;

  /**
   * Reads the request line at bytes[at, end) and passes over empty lines before it (RFC 9112 section 3).
   * Returns the index behind it, `unfinished`, or the `refusal` of the first thing that is wrong.
   */
  protected readLine(bytes: Uint8Array, at: number, end: number, maxTarget: number): number {
    const start = skipEmptyLines(bytes, at, end);
    if (start < 0) return start;
    this.lineStart = start;
    const methodEnd = this.readMethod(bytes, start, end);
    if (methodEnd < 0) return methodEnd;
    const targetEnd = this.readTarget(bytes, methodEnd + 1, end, maxTarget);
    if (targetEnd < 0) return targetEnd;
    const minor = readVersion(bytes, targetEnd + 1, end, "bad-version");
    if (minor < 0) return minor;
    this.minor = minor;
    const lineEnd = endOfLine(bytes, targetEnd + 9, end);
    if (lineEnd < 0) return lineEnd;
    const wrong = this.readForm(bytes);
    return wrong < 0 ? wrong : lineEnd;
  }

  private readMethod(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && tokenByte[bytes[at]!] === 1) at++;
    if (at === end) return unfinished;
    if (at === start) return refusal["bad-method"];
    if (bytes[at] !== byte.space)
      return isLineEnd(bytes[at]!) ? refusal["bad-request-line"] : refusal["bad-method"];
    this.methodStart = start;
    this.methodEnd = at;
    this.method = identifyMethod(bytes, start, at);
    return at;
  }

  private readTarget(bytes: Uint8Array, start: number, end: number, maxTarget: number): number {
    let at = start;
    while (at < end && pathByte[bytes[at]!] === 1) at++;
    this.queryStart = -1;
    this.pathEnd = at;
    if (at < end && bytes[at] === byte.question) {
      this.queryStart = ++at;
      while (at < end && targetByte[bytes[at]!] === 1) at++;
    }
    if (at - start > maxTarget) return refusal["target-too-long"];
    if (at === end) return unfinished;
    if (at === start || isLineEnd(bytes[at]!)) return refusal["bad-request-line"];
    if (bytes[at] !== byte.space) return refusal["bad-target"];
    this.targetStart = start;
    this.targetEnd = at;
    this.queryEnd = this.queryStart === -1 ? -1 : at;
    return at;
  }

  /** Which form the target has and where its parts are; `pathEnd` is where the query, or the target, ends. */
  private readForm(bytes: Uint8Array): number {
    const start = this.targetStart;
    this.hostStart = this.hostEnd = this.hostNameEnd = this.targetEnd;
    if (this.method === method.CONNECT) return this.readAuthorityForm(bytes);
    this.pathStart = start;
    if (bytes[start] === byte.slash) {
      this.form = targetForm.origin;
      return 0;
    }
    if (bytes[start] === byte.asterisk && this.targetEnd === start + 1) {
      this.form = targetForm.asterisk;
      return this.method === method.OPTIONS ? 0 : refusal["bad-target-form"];
    }
    return this.readAbsoluteForm(bytes);
  }

  /** `host ":" port`, with CONNECT only (RFC 9112 3.2.3). */
  private readAuthorityForm(bytes: Uint8Array): number {
    const start = this.targetStart;
    this.form = targetForm.authority;
    this.pathStart = this.pathEnd = this.targetEnd;
    if (bytes[start] === byte.slash || this.queryStart !== -1) return refusal["bad-target-form"];
    const wrong = this.readAuthority(bytes, start, this.targetEnd);
    if (wrong < 0) return wrong;
    return namesPort(start, this.hostNameEnd, this.hostEnd) ? 0 : refusal["bad-authority"];
  }

  /** `http[s]://authority[/path][?query]`; the host of such a URI is not empty (RFC 9110 4.2.1 and 4.2.2). */
  private readAbsoluteForm(bytes: Uint8Array): number {
    this.form = targetForm.absolute;
    const start = afterScheme(bytes, this.targetStart, this.pathEnd);
    if (start < 0) return start;
    let at = start;
    while (at < this.pathEnd && bytes[at] !== byte.slash) at++;
    this.pathStart = at;
    const wrong = this.readAuthority(bytes, start, at);
    if (wrong < 0) return wrong;
    return this.hostNameEnd > start ? 0 : refusal["bad-authority"];
  }

  private readAuthority(bytes: Uint8Array, start: number, end: number): number {
    const nameEnd = hostNameEnd(bytes, start, end);
    if (nameEnd === -1) return refusal["bad-authority"];
    this.hostStart = start;
    this.hostEnd = end;
    this.hostNameEnd = nameEnd;
    return 0;
  }
}

function isLineEnd(value: number): boolean {
  return value === byte.cr || value === byte.lf;
}

function skipEmptyLines(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isLineEnd(bytes[at]!)) {
    if (at - start === 2 * maxEmptyLines) return refusal["too-many-empty-lines"];
    const next = endOfLine(bytes, at, end);
    if (next < 0) return next;
    at = next;
  }
  return at === end ? unfinished : at;
}

/** The index behind the CR LF that must be at bytes[at]. */
function endOfLine(bytes: Uint8Array, at: number, end: number): number {
  if (at === end) return unfinished;
  if (bytes[at] !== byte.cr) return bytes[at] === byte.lf ? refusal["bare-lf"] : refusal["bad-request-line"];
  if (at + 1 === end) return unfinished;
  return bytes[at + 1] === byte.lf ? at + 2 : refusal["bare-cr"];
}

/** Where the authority of an absolute target begins; schemes are not case-sensitive (RFC 3986 3.1). */
function afterScheme(bytes: Uint8Array, start: number, end: number): number {
  for (const scheme of schemes) {
    let i = 0;
    while (i < scheme.length && start + i < end && lowerCase[bytes[start + i]!] === scheme[i]) i++;
    if (i === scheme.length) return start + i;
  }
  return hasScheme(bytes, start, end) ? refusal["unsupported-scheme"] : refusal["bad-target-form"];
}

/** Whether bytes[start, end) begins with anything and `://`. */
function hasScheme(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && bytes[at] !== byte.colon) at++;
  return at > start && at + 2 < end && bytes[at + 1] === byte.slash && bytes[at + 2] === byte.slash;
}
