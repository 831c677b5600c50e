import { decodeBase64 } from "../../memcache/base64.ts";
import { form } from "../../memcache/command-table.ts";
import { maxKey, type RequestParser } from "../../memcache/request-parser.ts";
import type { Pool } from "../../upstream/memcache/pool.ts";
import type { Server } from "../../upstream/memcache/server.ts";
import type { Router } from "./router.ts";

const decoded = Buffer.alloc(maxKey + 2);

/** The key as servers know it, as latin1. */
export function keyText(request: RequestParser, bytes: Buffer, start: number, end: number): string {
  const length = request.base64 ? decodeBase64(bytes, start, end, decoded) : 0;
  return length === 0 ? bytes.toString("latin1", start, end) : decoded.toString("latin1", 0, length);
}

/**
 * Where in the line of a request for one key ends what its reply is held against, which begins with the key: `keyStart`
 * itself for a reply that names nothing.
 */
export function askedEnd(request: RequestParser, keyStart: number, keyEnd: number): number {
  if (request.form >= form.meta) return request.argsEnd;
  return request.form <= form.gat ? keyEnd : keyStart;
}

/** The pool of the request's key, where it counts as asked for; a key in base64 is routed by its bytes. */
export function routeKey(
  router: Router,
  request: RequestParser,
  bytes: Buffer,
  start: number,
  end: number,
): Pool {
  const length = request.base64 ? decodeBase64(bytes, start, end, decoded) : 0;
  if (length > 0) return routeKeyBytes(router, decoded, 0, length);
  return routeKeyBytes(router, bytes, start, end);
}

function routeKeyBytes(router: Router, bytes: Buffer, start: number, end: number): Pool {
  const pool = router.poolFor(bytes, start, end);
  pool.hotKeys?.observe(bytes, start, end);
  return pool;
}

/** Where the request's key goes while its own server cannot be reached; see `Pool.detour`. */
export function detourKey(
  pool: Pool,
  request: RequestParser,
  bytes: Buffer,
  start: number,
  end: number,
): Server | null {
  const length = request.base64 ? decodeBase64(bytes, start, end, decoded) : 0;
  return length === 0 ? pool.detour(bytes, start, end) : pool.detour(decoded, 0, length);
}

/** The server of the request's key; a key in base64 belongs where its bytes belong. */
export function locateKey(
  pool: Pool,
  request: RequestParser,
  bytes: Buffer,
  start: number,
  end: number,
): Server | null {
  const length = request.base64 ? decodeBase64(bytes, start, end, decoded) : 0;
  return length === 0 ? pool.locate(bytes, start, end) : pool.locate(decoded, 0, length);
}
