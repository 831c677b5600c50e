import type { Test } from "tap";
import { framing } from "../../src/http1/framing.ts";
import { method, RequestParser, targetForm } from "../../src/http1/request-parser.ts";
import { guarded, surrounded } from "./guarded-bytes.ts";

/** One line of a head: name and value as sent, and whether it is for this connection only. */
export interface FoundField {
  readonly name: string;
  readonly value: string;
  readonly hop: boolean;
}

/** What a parser makes of a request's head, in words. */
export interface FoundRequest {
  readonly state: "incomplete" | "complete" | "refused";
  readonly problem?: string;
  readonly method?: string;
  /** Whether the proxy knows the method. */
  readonly known?: boolean;
  readonly target?: string;
  readonly form?: string;
  readonly path?: string;
  readonly query?: string | null;
  readonly host?: string;
  readonly hostName?: string;
  readonly minor?: number;
  readonly fields?: readonly FoundField[];
  readonly body?: string;
  readonly length?: number;
  readonly keepAlive?: boolean;
  readonly expectContinue?: boolean;
  readonly upgrade?: boolean;
  /** Bytes of the head. */
  readonly size?: number;
}

export const states = ["incomplete", "complete", "refused"] as const;

/** The name of a value of one of the codec's tables. */
export function nameIn(table: Readonly<Record<string, number>>, value: number): string {
  return Object.keys(table).find((key) => table[key] === value)!;
}

/** What `parser` makes of bytes[start, end). */
export function findRequest(
  parser: RequestParser,
  source: Buffer,
  start: number,
  end: number,
  bytes: Uint8Array = guarded(source, start, end),
): FoundRequest {
  const state = states[parser.parse(bytes, start, end)]!;
  if (state === "refused") return { state, problem: parser.problem!.code };
  if (state === "incomplete") return { state };
  const text = (from: number, to: number) => source.toString("latin1", from, to);
  return {
    state,
    method: text(parser.methodStart, parser.methodEnd),
    known: parser.method !== method.other,
    target: text(parser.targetStart, parser.targetEnd),
    form: nameIn(targetForm, parser.form),
    path: text(parser.pathStart, parser.pathEnd),
    query: parser.queryStart === -1 ? null : text(parser.queryStart, parser.queryEnd),
    host: text(parser.hostStart, parser.hostEnd),
    hostName: text(parser.hostStart, parser.hostNameEnd),
    minor: parser.minor,
    fields: foundFields(parser.fields, source),
    body: nameIn(framing, parser.body),
    length: parser.contentLength,
    keepAlive: parser.keepAlive,
    expectContinue: parser.expectContinue,
    upgrade: parser.upgrade,
    size: parser.headEnd - start,
  };
}

/** The fields of a table, in words. */
export function foundFields(fields: RequestParser["fields"], bytes: Buffer): FoundField[] {
  return Array.from({ length: fields.count }, (_, i) => ({
    name: bytes.toString("latin1", fields.nameStart[i], fields.nameEnd[i]),
    value: bytes.toString("latin1", fields.valueStart[i], fields.valueEnd[i]),
    hop: fields.hop[i] === 1,
  }));
}

/**
 * What a fresh parser makes of `text`, whole and in the middle of other bytes. Checks that every shorter piece of it
 * is incomplete or refused for the same reason, and that a parser fed byte by byte ends with the same.
 */
export function requestOf(t: Test, text: string, limits?: RequestParser["limits"]): FoundRequest {
  const { bytes, start, end } = surrounded(text);
  const fresh = () => Object.assign(new RequestParser(), limits && { limits });
  const whole = findRequest(fresh(), bytes, start, end);
  const size = whole.size ?? text.length;
  const fed = fresh();
  let last: FoundRequest = { state: "incomplete" };
  for (let cut = 0; cut <= size; cut++) {
    const alone = findRequest(fresh(), bytes, start, start + cut);
    if (last.state === "incomplete") last = findRequest(fed, bytes, start, start + cut);
    const isEarly = alone.state === "complete" && cut < size;
    const isOther = alone.state === "refused" && alone.problem !== whole.problem;
    if (isEarly || isOther) t.same(alone, whole, `the first ${cut} bytes`);
  }
  if (whole.state !== "incomplete") t.same(last, whole, "byte by byte");
  return whole;
}

/** A request of HTTP/1.1 with these lines behind Host. */
export function withLines(...lines: readonly string[]): string {
  return ["GET / HTTP/1.1", "Host: a", ...lines, "", ""].join("\r\n");
}
