import type { RequestParser } from "../../memcache/request-parser.ts";
import { isShed, upstreamError } from "../../observe/metric-labels.ts";
import { LISTENER, POOL } from "../../observe/metric-layout.ts";
import type { Failure } from "../../upstream/memcache/failure.ts";
import type { Pool } from "../../upstream/memcache/pool.ts";
import { askedEnd, detourKey, keyText, locateKey, routeKey } from "./request-key.ts";
import { sendLine } from "./send-line.ts";
import type { Session } from "./session.ts";
import { Upload } from "./upload.ts";
import { UploadPlace } from "./upload-place.ts";
import { wireError } from "./wire-error.ts";

/**
 * A value too large to be read whole: it is passed on as it comes, once the client has nothing else in flight and there is a
 * connection for it alone. Returns where the value begins, or `start` if the request has to wait.
 */
export function beginUpload(session: Session, request: RequestParser, bytes: Buffer, start: number): number {
  if (session.first !== null) {
    session.exclusive = true;
    return start;
  }
  const place = session.place;
  session.place = null;
  if (place !== null) return send(session, request, bytes, place);
  session.host.block[LISTENER.requests + request.command]! += 1;
  session.requests++;
  if (!session.authenticated) {
    session.swallow = request.valueLength + 2;
    session.refuse("unauthenticated", "CLIENT_ERROR unauthenticated\r\n");
    return request.lineEnd;
  }
  const keyStart = request.words[2 * request.firstKey]!;
  const keyEnd = request.words[2 * request.firstKey + 1]!;
  const { router } = session.host;
  const pool = routeKey(router, request, bytes, keyStart, keyEnd);
  const shed = session.crowdedOut(1);
  if (shed !== null) {
    refuse(session, request, pool, pool.shed(shed));
    return request.lineEnd;
  }
  const policy = router.policyOf(pool);
  const key = policy === null ? "" : keyText(request, bytes, keyStart, keyEnd);
  let server =
    policy === null ? locateKey(pool, request, bytes, keyStart, keyEnd) : policy.serverForUpload(key);
  if (policy === null && server?.isUnreachable === true)
    server = detourKey(pool, request, bytes, keyStart, keyEnd) ?? server;
  if (server === null) {
    refuse(session, request, pool, pool.noServer());
    return request.lineEnd;
  }
  const next = new UploadPlace(session, pool, policy, key, server);
  if (next.ask()) return send(session, request, bytes, next);
  session.place = next;
  return start;
}

/** The wait for a connection, if there was any, is over. */
function send(
  session: Session,
  request: RequestParser,
  bytes: Buffer,
  { pool, policy, key, server, connection }: UploadPlace,
): number {
  if (connection === null) {
    refuse(session, request, pool, server.turnAway("busy"));
    return request.lineEnd;
  }
  const refusal = server.refusal(connection, request.command);
  if (refusal !== null) {
    const { lineEnd } = request;
    refuse(session, request, pool, server.turnAway(refusal));
    // Last of all: who waits for it goes on at once, and `request` is the parser of all.
    server.lent.giveBack(connection);
    return lineEnd;
  }
  const upload = new Upload(server, connection, request.valueLength + 2);
  upload.begin(session, request, pool);
  upload.onSettled = policy === null ? null : policy.uploading(key);
  server.countRequest(request.command);
  const keyStart = request.words[2 * request.firstKey]!;
  const keyEnd = request.words[2 * request.firstKey + 1]!;
  connection.push(upload, bytes, keyStart, askedEnd(request, keyStart, keyEnd));
  sendLine(connection.writer, request, bytes);
  session.upload = upload;
  return request.lineEnd;
}

/** The value is dropped as it comes. */
function refuse(session: Session, request: RequestParser, pool: Pool, failure: Failure): void {
  pool.block[POOL.errors + upstreamError[failure.kind]]! += 1;
  if (isShed(failure.kind)) session.host.block[LISTENER.shedRequests]! += 1;
  session.swallow = request.valueLength + 2;
  if (!request.noreply) session.reply(wireError(failure));
}
