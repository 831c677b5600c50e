import { parseDecimal } from "../../memcache/decimal.ts";
import { plainLine } from "../../memcache/plain-line.ts";
import { replyForm } from "../../memcache/reply-form.ts";
import type { RequestParser } from "../../memcache/request-parser.ts";
import { wordsOf } from "../../memcache/server-line.ts";
import { command } from "../../observe/metric-labels.ts";
import type { Pool } from "../../upstream/memcache/pool.ts";
import type { Server } from "../../upstream/memcache/server.ts";
import { combineStats } from "./combine-stats.ts";
import { FanOut } from "./fan-out.ts";
import { ownVersion } from "./own-version.ts";
import type { PoolPolicy } from "./policies/pool-policy.ts";
import type { Session } from "./session.ts";

/**
 * Commands without a key: podmate answers them itself or asks every server. Returns where the next request begins, or
 * `start` if the command has to wait until nothing else is in flight.
 */
export function plainCommand(session: Session, request: RequestParser, bytes: Buffer, start: number): number {
  const { lineEnd } = request;
  switch (request.command) {
    case command.mn:
      session.reply("MN\r\n");
      return lineEnd;
    case command.version:
      session.reply(`VERSION ${ownVersion}\r\n`);
      return lineEnd;
    case command.verbosity:
      verbosity(session, request, bytes);
      return lineEnd;
    case command.quit:
      session.end();
      return lineEnd;
    case command.flush_all:
      return flushAll(session, request, bytes, start);
    case command.slabs:
      return askAll(session, request, bytes, start, replyForm.slabs, firstRefusal);
    default:
      return stats(session, request, bytes, start);
  }
}

function word(request: RequestParser, bytes: Buffer, index: number): string {
  if (index >= request.wordCount) return "";
  return bytes.toString("latin1", request.words[2 * index]!, request.words[2 * index + 1]!);
}

/** The level is podmate's own to know; clients are told that it was taken, as they expect. */
function verbosity(session: Session, request: RequestParser, bytes: Buffer): void {
  if (request.noreply) return;
  const level = parseDecimal(bytes, request.words[2]!, request.words[3]!);
  session.reply(level >= 0 ? "OK\r\n" : "CLIENT_ERROR bad command line format\r\n");
}

function flushAll(session: Session, request: RequestParser, bytes: Buffer, start: number): number {
  if (!session.host.options.flush_all) {
    session.refuse("forbidden", request.noreply ? "" : "CLIENT_ERROR flush_all not allowed\r\n");
    return request.lineEnd;
  }
  const policies = session.host.router.activePolicies();
  return askAll(session, request, bytes, start, replyForm.ok, firstReply, policies);
}

function firstReply(replies: readonly string[]): string {
  return replies[0] ?? "OK\r\n";
}

function firstRefusal(replies: readonly string[]): string {
  return replies.find((reply) => reply !== "OK\r\n") ?? "OK\r\n";
}

function stats(session: Session, request: RequestParser, bytes: Buffer, start: number): number {
  const kind = word(request, bytes, 1);
  if (kind !== "" && kind !== "settings") {
    // These two are answered with one line that no END follows (memcached 1.6.18; later ones say ERROR).
    return /^sizes_(en|dis)able$/.test(kind)
      ? askAll(session, request, bytes, start, replyForm.sizes, firstReply)
      : askAll(session, request, bytes, start, replyForm.stats, combineStats);
  }
  const lines = session.host.stats(kind === "" ? "general" : "settings");
  session.reply(`${lines.map(([name, value]) => `STAT ${name} ${value}\r\n`).join("")}END\r\n`);
  return request.lineEnd;
}

/**
 * Sends the line to every server of the listener's pools, when nothing else of this client is in flight. `flushed`: the
 * policies of pools that are emptied by it.
 */
function askAll(
  session: Session,
  request: RequestParser,
  bytes: Buffer,
  start: number,
  form: number,
  combine: (replies: readonly string[]) => string,
  flushed: readonly PoolPolicy[] = [],
): number {
  const asked = plainLine(request.command, wordsOf(request, bytes, request.keptWords));
  if ("refusal" in asked) {
    session.refuse("bad_command", request.noreply ? "" : asked.refusal);
    return request.lineEnd;
  }
  if (session.first !== null) {
    session.exclusive = true;
    return start;
  }
  const { router } = session.host;
  const fanOut = new FanOut(combine);
  fanOut.begin(session, request, router.fallback);
  fanOut.form = form;
  session.exclusive = true;
  const text = `${asked.line}\r\n`;
  const line = Buffer.from(text, "latin1");
  for (const policy of flushed) policy.flush(text);
  fanOut.onSettled = () => {
    for (const policy of flushed) policy.cleared();
  };
  const targets = router.pools.flatMap(targetsOf);
  const parts = targets.map(({ pool }) => fanOut.addPart(pool));
  targets.forEach(({ pool, server }, index) => {
    const part = parts[index]!;
    if (server === null) {
      part.onFailure(pool.noServer());
      return;
    }
    const connection = server.connections[0]!;
    const refusal = server.refusal(connection, part.command);
    if (refusal !== null) {
      part.onFailure(server.turnAway(refusal));
    } else {
      server.countRequest(part.command);
      connection.push(part, line, 0, 0);
      connection.writer.append(line, 0, line.length);
    }
  });
  return request.lineEnd;
}

/** A pool whose servers have not been found yet is one that fails. */
function targetsOf(pool: Pool): { readonly pool: Pool; readonly server: Server | null }[] {
  return pool.servers.length === 0
    ? [{ pool, server: null }]
    : pool.servers.map((server) => ({ pool, server }));
}
