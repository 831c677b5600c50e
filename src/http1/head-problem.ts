/** Why a message is refused. */
export interface HeadProblem {
  /** What a client that sent it is answered; a server that sent it makes a 502 of whatever this says. */
  readonly status: 400 | 414 | 417 | 431 | 501 | 505;
  readonly code: string;
  /** A sentence for the log. */
  readonly reason: string;
}

type Row = readonly [status: HeadProblem["status"], reason: string];

const table = {
  "bare-cr": [400, "A CR is not followed by LF."],
  "bare-lf": [400, "A line ends in LF without CR."],
  "too-many-empty-lines": [400, "Too many empty lines stand before the request line."],
  "bad-method": [400, "The method is not a token."],
  "bad-request-line": [
    400,
    "The request line is not a method, a target and a version with one space between.",
  ],
  "bad-target": [400, "The request target has a byte that no target may have."],
  "bad-target-form": [400, "The request target has no form that its method may use."],
  "target-too-long": [414, "The request target is longer than the limit."],
  "unsupported-scheme": [400, "The request target is neither an http nor an https URI."],
  "bad-version": [400, "The version is neither HTTP/1.0 nor HTTP/1.1."],
  "unsupported-version": [505, "The major version of HTTP is above 1."],
  "bad-status-line": [400, "The status line is not a version, three digits and a reason."],
  "head-too-large": [431, "The head is longer than the limit."],
  "too-many-fields": [431, "There are more fields than the limit."],
  "space-before-first-field": [400, "White space stands before the first field."],
  "obs-fold": [400, "A field's value goes on in another line."],
  "empty-field-name": [400, "A field has no name."],
  "bad-field-name": [400, "A field's name is not a token."],
  "space-before-colon": [400, "White space stands between a field's name and the colon."],
  "missing-colon": [400, "A field has no colon."],
  "bad-field-value": [400, "A field's value has a control character."],
  "missing-host": [400, "A request of HTTP/1.1 has no Host."],
  "duplicate-host": [400, "There is more than one Host."],
  "bad-host": [400, "Host is not a host with an optional port."],
  "bad-authority": [400, "The target's authority is not a host with an optional port."],
  "bad-content-length": [400, "Content-Length is not a number of bytes."],
  "duplicate-content-length": [400, "There is more than one Content-Length."],
  "bad-transfer-encoding": [400, "Transfer-Encoding does not end in one `chunked`."],
  "duplicate-transfer-encoding": [400, "There is more than one Transfer-Encoding."],
  "unsupported-transfer-encoding": [501, "Transfer-Encoding has codings besides `chunked`."],
  "transfer-encoding-in-http-1.0": [400, "A message of HTTP/1.0 has Transfer-Encoding."],
  "length-and-transfer-encoding": [400, "Content-Length and Transfer-Encoding stand side by side."],
  "connect-with-body": [400, "A CONNECT announces a body."],
  "unknown-expectation": [417, "Expect asks for something other than 100-continue."],
  "bad-chunk-size": [400, "A chunk's size is not 1 to 13 hexadecimal digits."],
  "bad-chunk-extension": [400, "A chunk's extension has a control character."],
  "chunk-extension-too-long": [400, "A chunk's extensions are longer than 256 bytes."],
  "bad-chunk-end": [400, "A chunk's data is not followed by CR LF."],
} as const satisfies Record<string, Row>;

export type ProblemCode = keyof typeof table;

const problems: HeadProblem[] = [];

/**
 * A number per problem, below -1, for what returns an index into the bytes where all goes well; -1 itself means
 * that there are not enough bytes.
 */
export const refusal = Object.freeze(
  Object.fromEntries(
    Object.entries<Row>(table).map(([code, [status, reason]]) => [
      code,
      -1 - problems.push(Object.freeze({ status, code, reason })),
    ]),
  ),
) as Readonly<Record<ProblemCode, number>>;

/** What is returned where an index is, when there are not enough bytes. */
export const unfinished = -1;

/** The problem that `refused`, one of `refusal`, stands for. */
export function problemOf(refused: number): HeadProblem {
  return problems[-2 - refused]!;
}

/** All problems that there are, for tables and tests. */
export const headProblems: readonly HeadProblem[] = problems;
