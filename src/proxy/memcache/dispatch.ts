import { form } from "../../memcache/command-table.ts";
import type { RequestParser } from "../../memcache/request-parser.ts";
import { LISTENER } from "../../observe/metric-layout.ts";
import { authenticate } from "./authenticate.ts";
import { beginUpload } from "./begin-upload.ts";
import { Gather } from "./gather.ts";
import { noop } from "./noop.ts";
import { plainCommand } from "./plain-commands.ts";
import { GetMany } from "./policies/get-many.ts";
import { askedEnd, detourKey, keyText, locateKey, routeKey } from "./request-key.ts";
import { sendRequest } from "./send-line.ts";
import type { Session } from "./session.ts";
import { Single } from "./single.ts";

/** A value up to this size is read whole before it goes to the server on the shared connection. */
const readWhole = 128 * 1024;

const cr = 0x0d;
const lf = 0x0a;

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
    // It has waited for a connection, which is its own, whatever a reload has changed meanwhile.
    if (session.place !== null) return beginUpload(session, request, bytes, start);
    if (request.valueLength > session.host.options.limits.value) return refuseLarge(session, request);
    if (next > end)
      return request.valueLength > readWhole ? beginUpload(session, request, bytes, start) : next;
    if (bytes[next - 2] !== cr || bytes[next - 1] !== lf) {
      const answer = request.noreply ? "" : "CLIENT_ERROR bad data chunk\r\n";
      session.refuse("bad_data_chunk", answer);
      return next;
    }
  }
  const { block } = session.host;
  if (request.form === form.plain && session.authenticated) {
    const after = plainCommand(session, request, bytes, start);
    // One that has to wait comes here again.
    if (after > start) {
      block[LISTENER.requests + request.command]! += 1;
      session.requests++;
    }
    return after;
  }
  block[LISTENER.requests + request.command]! += 1;
  session.requests++;
  if (!session.authenticated) return authenticate(session, request, bytes, next);
  if (request.keyCount > 1) sendKeys(session, request, bytes);
  else if (request.keyCount === 1) sendOne(session, request, bytes, next);
  // A gat of no key.
  else session.reply("END\r\n");
  return next;
}

/** A request with one key: to one server. */
function sendOne(session: Session, request: RequestParser, bytes: Buffer, next: number): void {
  const { router } = session.host;
  const keyStart = request.words[2 * request.firstKey]!;
  const keyEnd = request.words[2 * request.firstKey + 1]!;
  const pool = routeKey(router, request, bytes, keyStart, keyEnd);
  const policy = router.policyOf(pool);
  if (policy !== null) {
    policy.send(session, request, bytes, next, keyText(request, bytes, keyStart, keyEnd));
    return;
  }
  const exchange = Single.take();
  exchange.begin(session, request, pool);
  const shed = session.crowdedOut();
  if (shed !== null) {
    exchange.onFailure(pool.shed(shed));
    return;
  }
  let server = locateKey(pool, request, bytes, keyStart, keyEnd);
  if (server === null) {
    exchange.onFailure(pool.noServer());
    return;
  }
  let connection = server.connectionFor(bytes, keyStart, keyEnd);
  const refusal = server.refusal(connection, request.command);
  if (refusal !== null) {
    const other = refusal === "connectPause" ? detourKey(pool, request, bytes, keyStart, keyEnd) : null;
    const instead = other?.connectionFor(bytes, keyStart, keyEnd);
    if (other === null || instead === undefined || other.refusal(instead, request.command) !== null) {
      exchange.onFailure(server.turnAway(refusal));
      return;
    }
    server.turnAway(refusal);
    server = other;
    connection = instead;
  }
  server.countRequest(request.command);
  connection.push(exchange, bytes, keyStart, askedEnd(request, keyStart, keyEnd));
  const { writer } = connection;
  sendRequest(writer, request, bytes, next);
  if (request.quiet) writer.append(noop, 0, noop.length);
}

/** A get of several keys: one line for each server that has some of them. */
function sendKeys(session: Session, request: RequestParser, bytes: Buffer): void {
  const { router } = session.host;
  const firstStart = request.words[2 * request.firstKey]!;
  const firstEnd = request.words[2 * request.firstKey + 1]!;
  const pool = router.poolFor(bytes, firstStart, firstEnd);
  const policies = router.policiesOf(bytes, request.words, request.firstKey, request.keyCount);
  if (policies !== null) {
    const many = new GetMany();
    many.begin(session, request, pool);
    many.send(request, bytes, policies);
    return;
  }
  const shed = session.crowdedOut(1);
  if (shed !== null) {
    const refused = Single.take();
    refused.begin(session, request, pool);
    refused.onFailure(pool.shed(shed));
    return;
  }
  const gather = Gather.take();
  gather.begin(session, request, pool);
  gather.send(request, bytes, router);
}

/** memcached reads and drops a value that is too large, and says so. */
function refuseLarge(session: Session, request: RequestParser): number {
  session.swallow = request.valueLength + 2;
  session.refuse("value_too_large", request.noreply ? "" : "SERVER_ERROR object too large for cache\r\n");
  return request.lineEnd;
}
