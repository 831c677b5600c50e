import type { IncomingMessage } from "node:http";

/** Which of `count` servers a request belongs to: FNV-1a of the header x-key, modulo their number. */
export function serverOf(request: IncomingMessage, count: number): number {
  const key = request.headers["x-key"] ?? "";
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) {
    hash = Math.imul(hash ^ (typeof key === "string" ? key.charCodeAt(at) : 0), 0x01000193);
  }
  return (hash >>> 0) % count;
}
