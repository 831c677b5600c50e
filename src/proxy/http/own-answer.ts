/** Why podmate answers a request itself: the code in the `podmate-error` header, its status, and a title for people. */
export const ownAnswers = {
  "no-route": { status: 404, title: "No route takes this request" },
  "method-not-allowed": { status: 405, title: "CONNECT is not allowed here" },
  "bad-body": { status: 400, title: "The request's body is not framed as it must be" },
  "head-timeout": { status: 408, title: "The request did not come in time" },
  "request-body-timeout": { status: 408, title: "The request's body did not come in time" },
  "body-too-large": { status: 413, title: "The request's body is longer than allowed" },
  "server-head-too-large": { status: 431, title: "The request's head is larger than its server takes" },
  overloaded: { status: 503, title: "Too much is under way for a request of its priority" },
  yielded: { status: 503, title: "A manager has asked to refuse requests of its priority for now" },
  timeout: { status: 504, title: "The server did not answer in time" },
  body_timeout: { status: 504, title: "The server stopped in the middle" },
  connect: { status: 502, title: "The server cannot be reached" },
  connection_lost: { status: 502, title: "The server closed the connection without an answer" },
  truncated: { status: 502, title: "The server's answer was cut off" },
  protocol: { status: 502, title: "The server's answer is not valid HTTP" },
  server_error: { status: 502, title: "The server failed" },
  busy: { status: 503, title: "Too many requests wait for the server" },
  ejected: { status: 503, title: "The server is out of service" },
  no_server: { status: 503, title: "No server is in service" },
  exhausted: { status: 503, title: "Podmate has run out of connections to servers" },
} as const satisfies Readonly<Record<string, Answer>>;
export type OwnAnswer = keyof typeof ownAnswers;

interface Answer {
  readonly status: number;
  readonly title: string;
}

/** Reason phrases (RFC 9110 15) of the statuses that podmate answers with. */
const phrases: Readonly<Record<number, string>> = {
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  414: "URI Too Long",
  417: "Expectation Failed",
  431: "Request Header Fields Too Large",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
};

/** Seconds after which a client of a 503 may well try again. */
const retryAfter = 1;

/** How an answer of podmate's own is put. */
export interface OwnAnswerOptions {
  /** Value of Connection; null: none. */
  readonly connection: "close" | "keep-alive" | null;
  /** False for HEAD. */
  readonly withBody: boolean;
  /** Time since the Unix epoch, in ms; absent: without Date. */
  readonly date?: number;
}

/** A whole answer of podmate's own: `application/problem+json` (RFC 9457) with a code, and no detail of the inside. */
export function ownAnswer(status: number, code: string, title: string, options: OwnAnswerOptions): string {
  const errorCode = code.replaceAll("_", "-");
  const body = `${JSON.stringify({ type: "about:blank", title, status, code: errorCode })}\n`;
  const lines = [
    `HTTP/1.1 ${status} ${phrases[status] ?? "Error"}`,
    ...(options.date === undefined ? [] : [`Date: ${new Date(options.date).toUTCString()}`]),
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    `podmate-error: ${errorCode}`,
    ...(status === 503 ? [`Retry-After: ${retryAfter}`] : []),
    ...(status === 405 ? ["Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE"] : []),
    "Cache-Control: no-store",
    ...(options.connection === null ? [] : [`Connection: ${options.connection}`]),
  ];
  return `${lines.join("\r\n")}\r\n\r\n${options.withBody ? body : ""}`;
}
