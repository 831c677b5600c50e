import { field } from "../../http1/field-name.ts";
import type { RequestParser } from "../../http1/request-parser.ts";
import type { Affinity } from "./affinity-cookie.ts";
import type { HashKey } from "./http-listener-options.ts";

const ampersand = 0x26;
const equals = 0x3d;
const semicolon = 0x3b;
const space = 0x20;
const tab = 0x09;

/** Finds what of a request is hashed. The result lasts until the next `find`. */
export class KeyFinder {
  /** The key is bytes[start, end); `start < 0`: the request has none. */
  bytes: Buffer = none;
  start = -1;
  end = -1;
  /** The cookie that the client is to be given, for it has none and an earlier key is missing, too; else null. */
  affinity: Affinity | null = null;
  private readonly keys: readonly (HashKey & { readonly bytes: Buffer; readonly isHost: boolean })[];

  constructor(keys: readonly HashKey[]) {
    this.keys = keys.map((key) => ({
      ...key,
      bytes: "name" in key ? Buffer.from(key.kind === "header" ? key.name.toLowerCase() : key.name) : none,
      isHost: key.kind === "header" && key.name.toLowerCase() === "host",
    }));
  }

  /** `source` is the client's address as text. */
  find(head: RequestParser, bytes: Buffer, source: Buffer): void {
    this.bytes = bytes;
    this.start = -1;
    this.affinity = null;
    const { keys } = this;
    for (let i = 0; i < keys.length && this.start < 0; i++) {
      const key = keys[i]!;
      switch (key.kind) {
        case "header":
          if (key.isHost) this.findHost(head);
          else this.findHeader(head, bytes, key.bytes);
          break;
        case "cookie":
          this.findCookie(head, bytes, key.bytes);
          if (this.start < 0 && key.affinity !== null) {
            this.affinity = { name: key.name, options: key.affinity };
            return;
          }
          break;
        case "query":
          this.findParameter(bytes, head.queryStart, head.queryEnd, key.bytes);
          break;
        case "path":
          if (head.pathEnd > head.pathStart) this.found(head.pathStart, head.pathEnd);
          break;
        case "source_ip":
          this.bytes = source;
          if (source.length > 0) this.found(0, source.length);
      }
    }
  }

  /** Has the request hashed by a cookie that its client is only given now; returns the line that hands it out. */
  useCookie({ value, line }: { readonly value: Buffer; readonly line: string }): string {
    this.bytes = value;
    this.found(0, value.length);
    return line;
  }

  private found(start: number, end: number): void {
    this.start = start;
    this.end = end;
  }

  /** The authority of an absolute target counts, and not the Host beside it (RFC 9112 3.2.2): the server sees that one, too. */
  private findHost(head: RequestParser): void {
    if (head.hostEnd > head.hostStart) this.found(head.hostStart, head.hostEnd);
  }

  private findHeader({ fields }: RequestParser, bytes: Buffer, name: Buffer): void {
    const i = fields.find(bytes, name);
    if (i >= 0 && fields.valueEnd[i]! > fields.valueStart[i]!) {
      this.found(fields.valueStart[i]!, fields.valueEnd[i]!);
    }
  }

  /** `name=value; name=value` (RFC 6265 4.2.1). */
  private findCookie({ fields }: RequestParser, bytes: Buffer, name: Buffer): void {
    for (let i = 0; i < fields.count && this.start < 0; i++) {
      if (fields.id[i] === field.cookie) {
        this.findPair(bytes, fields.valueStart[i]!, fields.valueEnd[i]!, name, semicolon);
      }
    }
  }

  private findParameter(bytes: Buffer, start: number, end: number, name: Buffer): void {
    if (start >= 0) this.findPair(bytes, start, end, name, ampersand);
  }

  /** The value of the first `name=value` in bytes[start, end), where pairs stand apart by `separator`. */
  private findPair(bytes: Buffer, start: number, end: number, name: Buffer, separator: number): void {
    let at = start;
    while (at < end) {
      while (at < end && (bytes[at] === space || bytes[at] === tab)) at++;
      let stop = bytes.indexOf(separator, at);
      if (stop < 0 || stop > end) stop = end;
      const value = at + name.length + 1;
      if (value < stop && bytes[value - 1] === equals && equal(bytes, at, name)) {
        this.found(value, stop);
        return;
      }
      at = stop + 1;
    }
  }
}

function equal(bytes: Buffer, at: number, name: Buffer): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name[i]) return false;
  return true;
}

const none = Buffer.alloc(0);
