import { loadCrypto } from "../../core/lazy-builtins.ts";
import type { RequestParser } from "../../memcache/request-parser.ts";
import { command } from "../../observe/metric-labels.ts";
import type { Session } from "./session.ts";

/**
 * memcached's ASCII authentication (doc/protocol.txt, "Authentication"): the first command must be a `set` of any
 * key whose value is "user password". Returns where the next request begins.
 */
export function authenticate(session: Session, request: RequestParser, bytes: Buffer, next: number): number {
  if (request.command === command.quit) {
    session.end();
    return next;
  }
  if (request.command !== command.set) {
    session.refuse("unauthenticated", "CLIENT_ERROR unauthenticated\r\n");
    return next;
  }
  const given = bytes.toString("utf8", request.lineEnd, next - 2);
  const known = session.host.options.auth ?? [];
  // Every pair is compared, whatever the outcome: how long it takes tells nothing.
  let accepted = false;
  for (const { username, password } of known) {
    if (same(given, `${username} ${password}`)) accepted = true;
  }
  session.authenticated = accepted;
  if (accepted) session.reply("STORED\r\n");
  else session.refuse("unauthenticated", "CLIENT_ERROR authentication failure\r\n");
  return next;
}

function same(a: string, b: string): boolean {
  const { createHash, timingSafeEqual } = loadCrypto();
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
