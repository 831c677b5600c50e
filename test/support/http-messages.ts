import { headProblems } from "../../src/http1/head-problem.ts";
import { ownAnswers } from "../../src/proxy/http/own-answer.ts";

/** A request without a body; `lines` stand behind Host, each without its end. */
export function get(path = "/", ...lines: readonly string[]): string {
  return request("GET", path, ...lines);
}

export function request(method: string, path: string, ...lines: readonly string[]): string {
  return `${[`${method} ${path} HTTP/1.1`, "Host: h", ...lines].join("\r\n")}\r\n\r\n`;
}

/** An answer whose body is framed by its length. */
export function ok(body = "", ...lines: readonly string[]): string {
  return `${["HTTP/1.1 200 OK", `Content-Length: ${body.length}`, ...lines].join("\r\n")}\r\n\r\n${body}`;
}

/** A head; each line without its end. */
export function head(...lines: readonly string[]): string {
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Data in one chunk, and the end. */
export function chunks(...data: readonly string[]): string {
  return `${data.map((each) => `${each.length.toString(16)}\r\n${each}\r\n`).join("")}0\r\n\r\n`;
}

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

/** When a fake clock that nobody has moved says it is. */
const start = "Thu, 01 Jan 2026 00:00:00 GMT";

interface ProblemOptions {
  /** The connection ends with it; default true. */
  readonly close?: boolean;
  /** Default true. */
  readonly body?: boolean;
  readonly date?: string;
}

/** Podmate's own answer with this code of `podmate-error`, byte for byte. */
export function problem(status: number, code: string, options: ProblemOptions = {}): string {
  const { close = true, body: withBody = true, date = start } = options;
  const own = Object.entries(ownAnswers).find(([key]) => key.replaceAll("_", "-") === code);
  const refused = headProblems.find((each) => each.code === code);
  const title = own?.[1].title ?? refused?.reason;
  if ((own?.[1].status ?? refused?.status) !== status) throw new Error(`${code} is no ${status}`);
  const body = `${JSON.stringify({ type: "about:blank", title, status, code })}\n`;
  const lines = [
    `HTTP/1.1 ${status} ${phrases[status]}`,
    `Date: ${date}`,
    "Content-Type: application/problem+json",
    `Content-Length: ${body.length}`,
    `podmate-error: ${code}`,
    ...(status === 503 ? ["Retry-After: 1"] : []),
    ...(status === 405 ? ["Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE"] : []),
    "Cache-Control: no-store",
    ...(close ? ["Connection: close"] : []),
  ];
  return `${lines.join("\r\n")}\r\n\r\n${withBody ? body : ""}`;
}
