import { parseContentLength } from "../../http1/body-length.ts";
import { field } from "../../http1/field-name.ts";
import { method, type RequestParser } from "../../http1/request-parser.ts";

/** The request may be forwarded as often as it takes. */
export const unlimited = -1;

/**
 * How often an OPTIONS or TRACE may still be forwarded: its Max-Forwards (RFC 9110 7.6.2). `unlimited` where it has none, or
 * one that is no number, and for any other method.
 */
export function forwardsLeft(head: RequestParser, bytes: Buffer): number {
  if (head.method !== method.OPTIONS && head.method !== method.TRACE) return unlimited;
  const { fields } = head;
  const i = fields.indexOf(field.max_forwards);
  if (i < 0) return unlimited;
  const left = parseContentLength(bytes, fields.valueStart[i]!, fields.valueEnd[i]!);
  return left < 0 ? unlimited : left;
}

/** Fields whose values a TRACE must not give away (RFC 9110 9.3.8). */
const secret: ReadonlySet<number> = new Set([field.authorization, field.proxy_authorization, field.cookie]);

/**
 * The answer to a request that may not be forwarded, of which podmate is the final recipient: to OPTIONS what it allows, to
 * TRACE the request as it came, without secrets (RFC 9110 9.3.7, 9.3.8). `connection`: value of Connection, or null.
 */
export function finalAnswer(
  head: RequestParser,
  bytes: Buffer,
  connection: "close" | "keep-alive" | null,
  date: string,
): string {
  const traced = head.method === method.TRACE ? requestAsItCame(head, bytes) : null;
  const lines = [
    "HTTP/1.1 200 OK",
    `Date: ${date}`,
    traced === null
      ? "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE"
      : "Content-Type: message/http",
    `Content-Length: ${traced?.length ?? 0}`,
    ...(connection === null ? [] : [`Connection: ${connection}`]),
  ];
  return `${lines.join("\r\n")}\r\n\r\n${traced ?? ""}`;
}

function requestAsItCame({ fields, lineStart, headEnd }: RequestParser, bytes: Buffer): string {
  const first = fields.count > 0 ? fields.nameStart[0]! : headEnd - 2;
  let text = bytes.toString("latin1", lineStart, first);
  for (let i = 0; i < fields.count; i++) {
    if (secret.has(fields.id[i]!)) continue;
    const end = i + 1 < fields.count ? fields.nameStart[i + 1]! : headEnd - 2;
    text += bytes.toString("latin1", fields.nameStart[i]!, end);
  }
  return `${text}\r\n`;
}
