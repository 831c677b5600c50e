import type { SocketWriter } from "../../core/socket-writer.ts";
import { field } from "../../http1/field-name.ts";
import { framing } from "../../http1/framing.ts";
import { type RequestParser, targetForm } from "../../http1/request-parser.ts";
import type { ForwardedOptions } from "./http-listener-options.ts";
import { writeRandomHex } from "./request-ids.ts";

const space = 0x20;
const slash = 0x2f;

/** What of the request's surroundings its head tells the server. */
export interface RequestContext {
  readonly forwarded: ForwardedOptions;
  /** Lines that every request of this client gets which has none of their fields yet; see `clientLines`. */
  readonly clientLines: Buffer;
  /** The client's address, as text; empty where it has none. */
  readonly client: Buffer;
  readonly secure: boolean;
  /** The request came in HTTP/2, and has only been given the form of HTTP/1.1. */
  readonly isHttp2: boolean;
}

/** How a request is changed on its way. */
export interface RequestChanges {
  /** Takes the place of so many bytes at the beginning of the path; null: the path stays. */
  readonly rewrite: Buffer | null;
  readonly prefix: number;
  /** Value of Host, where it is not the client's. */
  readonly host: Buffer | null;
  /** The request asks for an upgrade, and may. */
  readonly upgrade: boolean;
  /** How often it may be forwarded, this time included, as its Max-Forwards says; -1: nothing counts that. */
  readonly forwards: number;
}

/** Bits of the fields that podmate may have something to say about. */
const seen = {
  forwardedFor: 1,
  proto: 2,
  host: 4,
  forwarded: 8,
  via: 16,
  id: 32,
  trace: 64,
  state: 128,
  forwards: 256,
} as const;
const bits: Readonly<Record<number, number>> = {
  [field.x_forwarded_for]: seen.forwardedFor,
  [field.x_forwarded_proto]: seen.proto,
  [field.x_forwarded_host]: seen.host,
  [field.forwarded]: seen.forwarded,
  [field.via]: seen.via,
  [field.x_request_id]: seen.id,
  [field.traceparent]: seen.trace,
  [field.tracestate]: seen.state,
  [field.max_forwards]: seen.forwards,
};
/** By field id, what `bits` says, as a table. */
const bitOf = Uint16Array.from({ length: 256 }, (_, id) => bits[id] ?? 0);

/** The lines that depend on the client alone: written as they are where the request has no such field itself. */
export function clientLines(
  forwarded: ForwardedOptions,
  client: string,
  secure: boolean,
  isHttp2: boolean,
): Buffer {
  const { x_forwarded_for, x_forwarded_proto, forwarded: mode, via } = forwarded;
  const proto = secure ? "https" : "http";
  let lines = "";
  if (client !== "" && (x_forwarded_for === "append" || x_forwarded_for === "set")) {
    lines += `X-Forwarded-For: ${client}\r\n`;
  }
  if (x_forwarded_proto === "set") lines += `X-Forwarded-Proto: ${proto}\r\n`;
  if (mode === "append" || mode === "set") lines += `Forwarded: ${forwardedElement(client, proto)}\r\n`;
  if (via !== null) lines += `Via: ${isHttp2 ? "2.0" : "1.1"} ${via}\r\n`;
  return Buffer.from(lines, "latin1");
}

/** RFC 7239 4; an address of IPv6 stands in brackets and quotes. */
function forwardedElement(client: string, proto: string): string {
  if (client === "") return `for=unknown;proto=${proto}`;
  return `for=${client.includes(":") ? `"[${client}]"` : client};proto=${proto}`;
}

/**
 * Writes the head that the parser has just read as the server is to see it. Lines that stay are copied in runs, as they
 * came: order, case and duplicates are the client's.
 */
export function writeRequestHead(
  writer: SocketWriter,
  head: RequestParser,
  bytes: Buffer,
  context: RequestContext,
  changes: RequestChanges,
): void {
  const { fields } = head;
  let present = 0;
  for (let i = 0; i < fields.count; i++) present |= bitOf[fields.id[i]!]!;
  const continued = (present & seen.trace) !== 0 && context.forwarded.traceparent === "continue";
  const trace = continued ? traceOf(head, bytes) : null;
  let dropped = present === 0 ? 0 : takenOff(context.forwarded, present, trace !== null);
  if (changes.forwards > 0) dropped |= seen.forwards;
  let run = writeRequestLine(writer, head, bytes, changes);
  const absolute = head.form === targetForm.absolute;
  for (let i = 0; i < fields.count; i++) {
    const id = fields.id[i]!;
    const frames = id === field.transfer_encoding || id === field.content_length;
    const hop = frames ? head.oddFraming : fields.hop[i] === 1;
    const host = id === field.host && (absolute || changes.host !== null);
    if (!hop && !host && (bitOf[id]! & dropped) === 0) continue;
    const line = fields.nameStart[i]!;
    if (line > run) writer.append(bytes, run, line);
    run = i + 1 < fields.count ? fields.nameStart[i + 1]! : head.headEnd - 2;
  }
  if (head.headEnd - 2 > run) writer.append(bytes, run, head.headEnd - 2);
  if (head.oddFraming) writeFraming(writer, head);
  if (absolute || changes.host !== null) writeHost(writer, head, bytes, changes.host);
  if (changes.forwards > 0) writer.appendLatin1(`Max-Forwards: ${changes.forwards - 1}\r\n`);
  if (changes.upgrade) writeUpgrade(writer, head, bytes);
  else if (asksForTrailers(head, bytes)) writer.appendLatin1("TE: trailers\r\nConnection: TE\r\n");
  if (present === 0 && head.minor === 1) writer.append(context.clientLines, 0, context.clientLines.length);
  else writeContinued(writer, head, bytes, context, present);
  writePerRequest(writer, head, bytes, context.forwarded, present, trace);
  writer.appendLatin1("\r\n");
}

/** Writes the request line, unless it stays as it is; returns where the run of bytes begins that are to be copied. */
function writeRequestLine(
  writer: SocketWriter,
  head: RequestParser,
  bytes: Buffer,
  { rewrite, prefix }: RequestChanges,
): number {
  const first = head.fields.count > 0 ? head.fields.nameStart[0]! : head.headEnd - 2;
  if (rewrite === null && head.form !== targetForm.absolute && head.minor === 1) return head.lineStart;
  writer.append(bytes, head.methodStart, head.methodEnd);
  writer.appendByte(space);
  if (head.form === targetForm.origin || head.form === targetForm.absolute) {
    let start = head.pathStart;
    if (rewrite !== null) {
      writer.append(rewrite, 0, rewrite.length);
      start += prefix;
      if (rewrite.length === 0 && start === head.pathEnd) writer.appendByte(slash);
    } else if (head.pathEnd === head.pathStart) writer.appendLatin1(isOptions(head) ? "*" : "/");
    writer.append(bytes, start, head.targetEnd);
  } else writer.append(bytes, head.targetStart, head.targetEnd);
  writer.appendLatin1(" HTTP/1.1\r\n");
  return first;
}

/** RFC 9112 3.2.4: OPTIONS of a whole server comes to a proxy in absolute-form without a path. */
function isOptions(head: RequestParser): boolean {
  return head.methodEnd - head.methodStart === 7 && head.queryStart < 0;
}

function writeHost(writer: SocketWriter, head: RequestParser, bytes: Buffer, host: Buffer | null): void {
  writer.appendLatin1("Host: ");
  if (host === null) writer.append(bytes, head.hostStart, head.hostEnd);
  else writer.append(host, 0, host.length);
  writer.appendLatin1("\r\n");
}

/** What frames the body, in the form that every server reads. */
function writeFraming(writer: SocketWriter, head: RequestParser): void {
  writer.appendLatin1(
    head.body === framing.chunked
      ? "Transfer-Encoding: chunked\r\n"
      : `Content-Length: ${head.contentLength}\r\n`,
  );
}

/** Upgrade is between neighbours (RFC 9110 7.8): it is asked for again. */
function writeUpgrade(writer: SocketWriter, { fields }: RequestParser, bytes: Buffer): void {
  writer.appendLatin1("Connection: upgrade\r\n");
  for (let i = 0; i < fields.count; i++) {
    if (fields.id[i] !== field.upgrade) continue;
    writer.appendLatin1("Upgrade: ");
    writer.append(bytes, fields.valueStart[i]!, fields.valueEnd[i]!);
    writer.appendLatin1("\r\n");
  }
}

/** Trailers are passed on, so that a client which takes them is told of to the server; other TE is not. */
function asksForTrailers({ fields }: RequestParser, bytes: Buffer): boolean {
  if (!fields.has(field.te)) return false;
  for (let i = 0; i < fields.count; i++) {
    if (fields.id[i] !== field.te) continue;
    const value = bytes.toString("latin1", fields.valueStart[i]!, fields.valueEnd[i]!);
    if (/(^|,)[ \t]*trailers[ \t]*(,|$)/i.test(value)) return true;
  }
  return false;
}

/** Which of the fields that are there do not go on as they are. `traced`: the request goes on with the trace it came with. */
function takenOff(options: ForwardedOptions, present: number, traced: boolean): number {
  let dropped = 0;
  if (options.x_forwarded_for !== "pass") dropped |= seen.forwardedFor;
  if (options.x_forwarded_proto !== "pass") dropped |= seen.proto;
  if (options.x_forwarded_host !== "pass") dropped |= seen.host;
  if (options.forwarded !== "pass") dropped |= seen.forwarded;
  if (options.via !== null) dropped |= seen.via;
  if (options.x_request_id === "set" || options.x_request_id === "strip") dropped |= seen.id;
  if (options.traceparent !== "pass") dropped |= seen.trace;
  // What vendors say of a trace goes where that trace goes (W3C Trace Context 3.3).
  if (options.traceparent !== "pass" && !traced) dropped |= seen.state;
  return dropped & present;
}

/** The client's lines where the request has some of their fields itself: those are continued or replaced. */
function writeContinued(
  writer: SocketWriter,
  head: RequestParser,
  bytes: Buffer,
  { forwarded, client, secure, isHttp2 }: RequestContext,
  present: number,
): void {
  const { x_forwarded_for, x_forwarded_proto, forwarded: mode, via } = forwarded;
  const proto = secure ? "https" : "http";
  const address = client.toString("latin1");
  if (x_forwarded_for === "append" || x_forwarded_for === "set") {
    const before = x_forwarded_for === "append" && (present & seen.forwardedFor) !== 0;
    writeList(writer, head, bytes, "X-Forwarded-For", before ? field.x_forwarded_for : -1, address);
  }
  if (x_forwarded_proto === "set") writer.appendLatin1(`X-Forwarded-Proto: ${proto}\r\n`);
  if (mode === "append" || mode === "set") {
    const before = mode === "append" && (present & seen.forwarded) !== 0;
    const own = forwardedElement(address, proto);
    writeList(writer, head, bytes, "Forwarded", before ? field.forwarded : -1, own);
  }
  if (via === null) return;
  const version = isHttp2 ? "2.0" : `1.${head.minor}`;
  writeList(writer, head, bytes, "Via", field.via, `${version} ${via}`);
}

/** One line with all values of the field `id` (-1: none) and then `own`, where that is not empty. */
function writeList(
  writer: SocketWriter,
  { fields }: RequestParser,
  bytes: Buffer,
  name: string,
  id: number,
  own: string,
): void {
  let separator = `${name}: `;
  for (let i = 0; i < fields.count; i++) {
    if (fields.id[i] !== id || fields.valueEnd[i] === fields.valueStart[i]) continue;
    writer.appendLatin1(separator);
    writer.append(bytes, fields.valueStart[i]!, fields.valueEnd[i]!);
    separator = ", ";
  }
  if (own !== "") writer.appendLatin1(separator + own);
  if (own !== "" || separator === ", ") writer.appendLatin1("\r\n");
}

/** Lines that are another for each request. */
function writePerRequest(
  writer: SocketWriter,
  head: RequestParser,
  bytes: Buffer,
  { x_forwarded_host, x_request_id, traceparent }: ForwardedOptions,
  present: number,
  trace: Trace | null,
): void {
  if (x_forwarded_host === "set" && head.hostEnd > head.hostStart) {
    writer.appendLatin1("X-Forwarded-Host: ");
    writer.append(bytes, head.hostStart, head.hostEnd);
    writer.appendLatin1("\r\n");
  }
  if (x_request_id === "set" || (x_request_id === "continue" && (present & seen.id) === 0)) {
    writeRandomHex(requestId, idAt, 32);
    writer.append(requestId, 0, requestId.length);
  }
  if (traceparent === "continue") writeTraceparent(writer, trace);
}

/** The lines with their random parts left open. */
const requestId = Buffer.from(`X-Request-Id: ${"0".repeat(32)}\r\n`);
const idAt = "X-Request-Id: ".length;
const traceparent = Buffer.from(`traceparent: 00-${"0".repeat(32)}-${"0".repeat(16)}-00\r\n`);
const traceAt = "traceparent: 00-".length;
const spanAt = traceAt + 33;
const flagsAt = spanAt + 17;

const traceForm = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const zeros = /^0+$/;

/** W3C Trace Context, level 1: goes on with the trace that came, if it is one, or begins one that is not sampled. */
function writeTraceparent(writer: SocketWriter, came: Trace | null): void {
  if (came === null) writeRandomHex(traceparent, traceAt, 32);
  else traceparent.write(came.trace, traceAt, "latin1");
  traceparent.write(came?.flags ?? "00", flagsAt, "latin1");
  writeRandomHex(traceparent, spanAt, 16);
  writer.append(traceparent, 0, traceparent.length);
}

interface Trace {
  readonly trace: string;
  readonly flags: string;
}

/** The trace that the request belongs to, or null: more than one is none (section 3.2). */
function traceOf({ fields }: RequestParser, bytes: Buffer): Trace | null {
  let found: Trace | null = null;
  let count = 0;
  for (let i = 0; i < fields.count; i++) {
    if (fields.id[i] !== field.traceparent) continue;
    if (++count > 1) return null;
    const value = traceForm.exec(bytes.toString("latin1", fields.valueStart[i]!, fields.valueEnd[i]!));
    if (value === null) continue;
    const [, version, trace, parent, flags, more] = value;
    const known = version !== "ff" && !(version === "00" && more !== undefined);
    if (!known || zeros.test(trace!) || zeros.test(parent!)) continue;
    // Of the flags only those that are known are passed on: sampled, and random of level 2.
    found = { trace: trace!, flags: `0${Number.parseInt(flags!, 16) & 3}` };
  }
  return found;
}
