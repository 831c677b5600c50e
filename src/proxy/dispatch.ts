import { decodeBase64 } from "../memcache/base64.ts";
import { form } from "../memcache/command-table.ts";
import { maxKey, type RequestParser } from "../memcache/request-parser.ts";
import { type UpstreamError, upstreamError } from "../observe/metric-labels.ts";
import { LISTENER, POOL } from "../observe/metric-layout.ts";
import type { Connection } from "../upstream/connection.ts";
import type { Failure } from "../upstream/failure.ts";
import type { Pool } from "../upstream/pool.ts";
import type { Server } from "../upstream/server.ts";
import { authenticate } from "./authenticate.ts";
import { Gather } from "./gather.ts";
import { plainCommand } from "./plain-commands.ts";
import type { Session } from "./session.ts";
import { Single } from "./single.ts";
import type { Part } from "./split.ts";
import { Upload } from "./upload.ts";
import { wireError } from "./wire-error.ts";

/** A value up to this size is read whole before it goes to the server on the shared connection. */
const readWhole = 128 * 1024;

/** memcached reads lines up to 2,048 bytes from anybody; the words of a long get are spread over such lines. */
const longestGet = 2_000;

const cr = 0x0d;
const lf = 0x0a;
const crlf = Buffer.from("\r\n");
/** Sent behind a quiet request: its reply tells that the quiet one is done. */
const noop = Buffer.from("mn\r\n");
const blank = Buffer.from(" ");

/**
 * Sends the request that `request` has just parsed from bytes[start, end) where it belongs. Returns where the next
 * one begins; a place behind `end` says that the request cannot go before the bytes up to there have come; `start`
 * says that it has to wait for those before it.
 */
export function dispatch(
  session: Session,
  request: RequestParser,
  bytes: Buffer,
  start: number,
  end: number,
): number {
  let next = request.lineEnd;
  if (request.valueLength >= 0) {
    next += request.valueLength + 2;
    if (request.valueLength > session.host.options.limits.value) return refuseLarge(session, request);
    if (next > end)
      return request.valueLength > readWhole ? beginUpload(session, request, bytes, start) : next;
    if (bytes[next - 2] !== cr || bytes[next - 1] !== lf) {
      const answer = request.noreply ? "" : "CLIENT_ERROR bad data chunk\r\n";
      session.refuse("bad_data_chunk", answer);
      return next;
    }
  }
  session.host.block[LISTENER.requests + request.command]! += 1;
  if (!session.authenticated) return authenticate(session, request, bytes, next);
  if (request.form === form.plain) return plainCommand(session, request, bytes, start);
  if (request.keyCount > 1) sendKeys(session, request, bytes);
  else if (request.keyCount === 1) sendOne(session, request, bytes, start, next);
  return next;
}

/** A request with one key: to one server, byte for byte as it came where that is possible. */
function sendOne(session: Session, request: RequestParser, bytes: Buffer, start: number, next: number): void {
  const exchange = Single.take();
  const keyStart = request.words[2 * request.firstKey]!;
  const keyEnd = request.words[2 * request.firstKey + 1]!;
  const pool = session.host.router.poolFor(bytes, keyStart, keyEnd);
  exchange.begin(session, request, pool);
  const server = request.base64
    ? locateDecoded(pool, bytes, keyStart, keyEnd)
    : pool.locate(bytes, keyStart, keyEnd);
  if (server === null) {
    exchange.onFailure(noServer(pool));
    return;
  }
  const connection = server.connectionFor(bytes, keyStart, keyEnd);
  const refusal = server.refusal(connection) ?? session.overload();
  if (refusal !== null) {
    server.fail(exchange, refusal);
    return;
  }
  server.countRequest(request.command);
  connection.push(exchange);
  const { writer } = connection;
  const { lineEnd, argsEnd } = request;
  if (argsEnd === lineEnd - 2 && bytes[argsEnd] === cr) writer.append(bytes, start, next);
  else {
    writer.append(bytes, start, argsEnd);
    writer.append(crlf, 0, 2);
    if (next > lineEnd) writer.append(bytes, lineEnd, next);
  }
  if (request.quiet) writer.append(noop, 0, noop.length);
}

/** A get of several keys: one line for each server that has some of them. */
function sendKeys(session: Session, request: RequestParser, bytes: Buffer): void {
  const { words, firstKey, keyCount } = request;
  const lineStart = words[2 * firstKey]!;
  const line = Buffer.from(bytes.subarray(lineStart, request.argsEnd));
  const places = new Int32Array(3 * keyCount);
  const gather = new Gather(line, places);
  gather.begin(session, request, session.host.router.poolFor(bytes, lineStart, words[2 * firstKey + 1]!));

  const targets: Target[] = [];
  const overload = session.overload();
  for (let i = 0; i < keyCount; i++) {
    const keyStart = words[2 * (firstKey + i)]!;
    const keyEnd = words[2 * (firstKey + i) + 1]!;
    const pool = session.host.router.poolFor(bytes, keyStart, keyEnd);
    const server = pool.locate(bytes, keyStart, keyEnd);
    const connection = server === null ? null : server.connectionFor(bytes, keyStart, keyEnd);
    const length = keyEnd - keyStart + 1;
    let index = targets.length - 1;
    while (index >= 0 && !targets[index]!.takes(pool, connection, length)) index--;
    if (index < 0) index = targets.push(new Target(pool, server, connection, gather.addPart(pool))) - 1;
    const target = targets[index]!;
    target.length += length;
    target.part.keys++;
    places[3 * i] = keyStart - lineStart;
    places[3 * i + 1] = keyEnd - lineStart;
    places[3 * i + 2] = index;
  }
  targets.forEach((target, index) => {
    sendPart(target, overload, bytes, words[0]!, words[2 * firstKey - 1]!, line, places, index);
  });
}

/** Where some of the keys of a request go. */
class Target {
  readonly pool: Pool;
  readonly server: Server | null;
  readonly connection: Connection | null;
  readonly part: Part;
  /** Bytes of the keys, with a blank before each. */
  length = 0;

  constructor(pool: Pool, server: Server | null, connection: Connection | null, part: Part) {
    this.pool = pool;
    this.server = server;
    this.connection = connection;
    this.part = part;
  }

  takes(pool: Pool, connection: Connection | null, length: number): boolean {
    return this.pool === pool && this.connection === connection && this.length + length < longestGet;
  }
}

function sendPart(
  target: Target,
  overload: UpstreamError | null,
  bytes: Buffer,
  headStart: number,
  headEnd: number,
  line: Buffer,
  places: Int32Array,
  index: number,
): void {
  const { pool, server, connection, part } = target;
  if (server === null || connection === null) {
    part.onFailure(noServer(pool));
    return;
  }
  const refusal = server.refusal(connection) ?? overload;
  if (refusal !== null) {
    server.fail(part, refusal);
    return;
  }
  server.countRequest(part.command);
  connection.push(part);
  const { writer } = connection;
  writer.append(bytes, headStart, headEnd);
  for (let i = 0; i < places.length; i += 3) {
    if (places[i + 2] !== index) continue;
    writer.append(blank, 0, 1);
    writer.append(line, places[i]!, places[i + 1]!);
  }
  writer.append(crlf, 0, 2);
}

/** A value too large to be read whole: it is passed on as it comes, once the client has nothing else in flight. */
function beginUpload(session: Session, request: RequestParser, bytes: Buffer, start: number): number {
  if (session.first !== null) {
    session.exclusive = true;
    return start;
  }
  session.host.block[LISTENER.requests + request.command]! += 1;
  const keyStart = request.words[2 * request.firstKey]!;
  const keyEnd = request.words[2 * request.firstKey + 1]!;
  const pool = session.host.router.poolFor(bytes, keyStart, keyEnd);
  const server = request.base64
    ? locateDecoded(pool, bytes, keyStart, keyEnd)
    : pool.locate(bytes, keyStart, keyEnd);
  const size = request.valueLength + 2;
  const connection = server?.borrow() ?? null;
  const refusal = server === null || connection === null ? null : server.refusal(connection);
  if (!session.authenticated || server === null || connection === null || refusal !== null) {
    const kind = server === null ? "no_server" : (refusal ?? "busy");
    pool.block[POOL.errors + upstreamError[kind]]! += 1;
    session.swallow = size;
    if (!session.authenticated) session.refuse("unauthenticated", "CLIENT_ERROR unauthenticated\r\n");
    else if (!request.noreply) {
      session.reply(
        wireError(server?.failure(kind) ?? { kind, server: pool.options.name, reason: "no server" }),
      );
    }
    return request.lineEnd;
  }
  const upload = new Upload(server, connection, size);
  upload.begin(session, request, pool);
  server.countRequest(request.command);
  connection.push(upload);
  connection.writer.append(bytes, start, request.argsEnd);
  connection.writer.append(crlf, 0, 2);
  session.upload = upload;
  return request.lineEnd;
}

/** memcached reads and drops a value that is too large, and says so. */
function refuseLarge(session: Session, request: RequestParser): number {
  session.swallow = request.valueLength + 2;
  session.refuse("value_too_large", request.noreply ? "" : "SERVER_ERROR object too large for cache\r\n");
  return request.lineEnd;
}

function noServer(pool: Pool): Failure {
  return { kind: "no_server", server: pool.options.name, reason: "no server is in service" };
}

const decoded = Buffer.alloc(maxKey + 2);

/** A key in base64 belongs where its bytes belong. */
function locateDecoded(pool: Pool, bytes: Buffer, start: number, end: number): Server | null {
  const length = decodeBase64(bytes, start, end, decoded);
  return length === 0 ? pool.locate(bytes, start, end) : pool.locate(decoded, 0, length);
}
