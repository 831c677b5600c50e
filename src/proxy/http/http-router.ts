import type { RequestParser } from "../../http1/request-parser.ts";
import type { HttpPool } from "../../upstream/http/http-pool.ts";
import { priorities } from "../priority.ts";
import type { HttpRoute } from "./http-listener-options.ts";
import { KeyFinder } from "./key-finder.ts";

const colon = 0x3a;
const slash = 0x2f;

/** A route with all that its requests need. */
export interface Route {
  readonly options: HttpRoute;
  readonly pool: HttpPool;
  readonly block: Float64Array;
  readonly keys: KeyFinder;
  /** Number of its priority. */
  readonly priority: number;
  /** What stands for the first `prefix` bytes of the path in what servers see, or null. */
  readonly rewrite: Buffer | null;
  readonly prefix: number;
}

interface Matcher {
  readonly route: Route;
  /** Lower case; for `*.example.com`, `.example.com`. null: every host. */
  readonly host: Buffer | null;
  readonly wildcard: boolean;
  readonly path: Buffer;
  readonly headers: readonly { readonly name: Buffer; readonly value: Buffer | null }[];
}

/** Request → route: the first that matches. Immutable; a reload makes another. */
export class HttpRouter {
  readonly routes: readonly Route[];
  private readonly matchers: readonly Matcher[];
  /** The first route takes everything: nothing needs to be looked at. */
  private readonly all: Route | null;

  constructor(
    routes: readonly HttpRoute[],
    poolOf: (name: string) => HttpPool,
    blockOf: (route: string) => Float64Array,
  ) {
    this.routes = routes.map((options) => ({
      options,
      pool: poolOf(options.pool),
      block: blockOf(options.name),
      keys: new KeyFinder(options.hash),
      priority: priorities.indexOf(options.priority),
      rewrite: options.rewrite === null ? null : Buffer.from(withoutSlash(options.rewrite), "latin1"),
      prefix: withoutSlash(options.path).length,
    }));
    this.matchers = this.routes.map(createMatcher);
    const first = this.matchers[0];
    const takesAll =
      first !== undefined && first.host === null && first.path.length <= 1 && first.headers.length === 0;
    this.all = takesAll ? first.route : null;
  }

  /** The route of the request that the parser has just read; null where none matches. */
  find(head: RequestParser, bytes: Buffer): Route | null {
    if (this.all !== null) return this.all;
    for (const matcher of this.matchers) if (matches(matcher, head, bytes)) return matcher.route;
    return null;
  }
}

/** Segments are put in the place of segments: the slash that follows stays, and is never doubled. */
function withoutSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

function createMatcher(route: Route): Matcher {
  const { host, path, headers } = route.options;
  const wildcard = host?.startsWith("*.") === true;
  return {
    route,
    host: host === null ? null : Buffer.from(wildcard ? host.slice(1) : host),
    wildcard,
    path: Buffer.from(path, "latin1"),
    headers: headers.map(({ name, value }) => ({
      name: Buffer.from(name.toLowerCase()),
      value: value === null ? null : Buffer.from(value, "latin1"),
    })),
  };
}

function matches(matcher: Matcher, head: RequestParser, bytes: Buffer): boolean {
  if (!beginsWithSegments(bytes, head.pathStart, head.pathEnd, matcher.path)) return false;
  if (matcher.host !== null && !isHost(bytes, head.hostStart, head.hostEnd, matcher.host, matcher.wildcard)) {
    return false;
  }
  return matcher.headers.every(({ name, value }) => hasHeader(head, bytes, name, value));
}

/** Whether the path is `prefix` or lies below it. */
function beginsWithSegments(bytes: Buffer, start: number, end: number, prefix: Buffer): boolean {
  const { length } = prefix;
  if (length <= 1) return true;
  if (end - start < length || bytes.compare(prefix, 0, length, start, start + length) !== 0) return false;
  return end - start === length || prefix[length - 1] === slash || bytes[start + length] === slash;
}

function isHost(bytes: Buffer, start: number, end: number, host: Buffer, wildcard: boolean): boolean {
  const stop = withoutPort(bytes, start, end);
  const from = wildcard ? stop - host.length : start;
  if (wildcard ? from <= start : stop - start !== host.length) return false;
  for (let i = 0; i < host.length; i++) if (lower(bytes[from + i]!) !== host[i]) return false;
  return true;
}

/** Where the port of host[:port] begins, or the end; brackets of IPv6 are part of the host. */
function withoutPort(bytes: Buffer, start: number, end: number): number {
  for (let i = end - 1; i > start; i--) {
    const byte = bytes[i]!;
    if (byte === colon) return i;
    if (byte < 0x30 || byte > 0x39) return end;
  }
  return end;
}

function hasHeader(head: RequestParser, bytes: Buffer, name: Buffer, value: Buffer | null): boolean {
  const { fields } = head;
  for (let i = fields.find(bytes, name); i >= 0; i = fields.find(bytes, name, i + 1)) {
    if (value === null) return true;
    if (bytes.compare(value, 0, value.length, fields.valueStart[i]!, fields.valueEnd[i]!) === 0) return true;
  }
  return false;
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}
