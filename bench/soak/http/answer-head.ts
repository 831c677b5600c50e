import type { WireReader } from "../wire-reader.ts";

/** How the end of an answer's body is told. */
export type BodyEnd =
  | { readonly by: "length"; readonly length: number }
  | { readonly by: "chunks" | "close" | "none" };

/** The head of an answer, read as strictly as it must be written. */
export interface AnswerHead {
  readonly status: number;
  /** Values by name in lower case; of several, the last. */
  readonly fields: ReadonlyMap<string, string>;
  readonly end: BodyEnd;
  /** The connection is good for another request. */
  readonly keepAlive: boolean;
}

/** What came is no answer, or cannot be the one that was asked for: nothing after it can be trusted. */
export class OutOfStep extends Error {}

/** Reads a head. `bodiless`: the request's method is HEAD. Throws `OutOfStep` if it is none. */
export async function readAnswerHead(reader: WireReader, bodiless: boolean): Promise<AnswerHead> {
  const line = await reader.line();
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1]);
  if (Number.isNaN(status)) throw new OutOfStep(`"${line}" is no status line`);
  const fields = await readFields(reader);
  const keepAlive = !/\bclose\b/i.test(fields.get("connection") ?? "");
  return { status, fields, end: bodyEnd(status, fields, bodiless), keepAlive };
}

/** Reads lines up to an empty one, of a head or of trailers. */
export async function readFields(reader: WireReader): Promise<Map<string, string>> {
  const fields = new Map<string, string>();
  for (let line = await reader.line(); line !== ""; line = await reader.line()) {
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new OutOfStep(`"${line}" is no field`);
    fields.set(name.toLowerCase(), value);
  }
  return fields;
}

function bodyEnd(status: number, fields: ReadonlyMap<string, string>, bodiless: boolean): BodyEnd {
  const length = fields.get("content-length");
  const coding = fields.get("transfer-encoding");
  if (length !== undefined && coding !== undefined) throw new OutOfStep("both a length and chunks");
  if (length !== undefined && !/^\d+$/.test(length)) throw new OutOfStep(`a length of "${length}"`);
  if (bodiless || status < 200 || status === 204 || status === 304) return { by: "none" };
  if (coding !== undefined) return { by: "chunks" };
  return length === undefined ? { by: "close" } : { by: "length", length: Number(length) };
}
