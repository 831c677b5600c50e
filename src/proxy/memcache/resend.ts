import { RequestParser } from "../../memcache/request-parser.ts";
import type { Call } from "../../upstream/memcache/call.ts";
import type { Pool } from "../../upstream/memcache/pool.ts";
import { askedEnd, detourKey } from "./request-key.ts";

const parser = new RequestParser();

/**
 * Sends a request for one key, which has waited for a connection in vain, to the server that its key goes to instead:
 * bytes[start, end), as they were queued. False if there is none that takes it.
 */
export function resend(call: Call, pool: Pool, bytes: Buffer, start: number, end: number): boolean {
  parser.parse(bytes, start, end);
  const keyStart = parser.words[2 * parser.firstKey]!;
  const keyEnd = parser.words[2 * parser.firstKey + 1]!;
  const server = detourKey(pool, parser, bytes, keyStart, keyEnd);
  if (server === null) return false;
  const connection = server.connectionFor(bytes, keyStart, keyEnd);
  if (server.refusal(connection, call.command) !== null) return false;
  server.countRequest(call.command);
  connection.push(call, bytes, keyStart, askedEnd(parser, keyStart, keyEnd));
  connection.writer.append(bytes, start, end);
  return true;
}
