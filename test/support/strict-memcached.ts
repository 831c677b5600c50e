import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Address } from "../../src/core/address.ts";
import { MemcacheSession } from "../../src/embedded/memcache-session.ts";
import { MemcacheStats } from "../../src/embedded/memcache-stats.ts";
import { MemcacheStore } from "../../src/embedded/memcache-store.ts";
import type { Teardown } from "./teardown.ts";

const KEY = "[^\\0\\r\\n ]{1,250}";
const UINT = "(?:0|[1-9]\\d{0,19})";
const EXPTIME = "(?:0|-?[1-9]\\d{0,9})";
const FLAG = `(?:[bcfhklqstuvxI]|[TNR]${EXPTIME}|[FCEDJ]${UINT}|M[^\\0\\r\\n ]|(?![bcfhklqstuvxITNRFCEDJM])[A-Za-z][^\\0\\r\\n ]{0,31})`;

/** The lines that every memcached reads in the same way, once more and by other means than podmate's. */
const LINES = [
  `gets?(?: ${KEY})+`,
  `gats? ${EXPTIME}(?: ${KEY})+`,
  `(?:set|add|replace|append|prepend) ${KEY} ${UINT} ${EXPTIME} (?<length>${UINT})`,
  `cas ${KEY} ${UINT} ${EXPTIME} (?<length>${UINT}) ${UINT}`,
  `(?:incr|decr) ${KEY} ${UINT}`,
  `touch ${KEY} ${EXPTIME}`,
  `delete (?!noreply$)${KEY}`,
  "delete noreply 0",
  `(?:mg|md|ma) ${KEY}(?: ${FLAG}){0,17}`,
  `ms ${KEY} (?<length>${UINT})(?: ${FLAG}){0,16}`,
  `me ${KEY}`,
  "mn",
  "version",
  `flush_all(?: ${EXPTIME})?`,
  "slabs (?:automove [0-2]|reassign \\d{1,3} \\d{1,3})",
  "stats (?:(?!detail|cachedump)[a-z0-9_]{1,32}|detail (?:on|off|dump)|cachedump \\d{1,3} \\d{1,10})",
].map((line) => new RegExp(`^${line}\\r\\n$`, "s"));

/** One that ends in a flag twice is none of them. */
const TWICE = /^m[gmads] .* (\w)[^ ]*(?: .*)? \1/s;

/** Longest line, with its end. */
const LONGEST = { get: 2048, other: 1024 };

export interface StrictMemcached {
  readonly address: Address;
  /** Lines outside of the grammar that it was sent, as latin1. */
  readonly strange: readonly string[];
  readonly connections: number;
}

/**
 * A memcached that takes only lines which all versions read alike, and treats any other as memcached 1.6.45 treats the
 * worst of them: it refuses the line without taking the value for one, and so runs it as commands. A line that ends in
 * `noreply` gets no answer at all. What it stores is stored as memcached 1.6.18 does.
 *
 * `lie` makes of each answer what is sent in its place.
 */
export async function startStrictMemcached(
  t: Teardown,
  lie: (answer: Buffer) => Buffer = (answer) => answer,
): Promise<StrictMemcached> {
  const state = {
    store: new MemcacheStore({ maxBytes: 2 ** 26, maxItem: 2 ** 20, now: Date.now }),
    stats: new MemcacheStats(),
  };
  const strange: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    connections++;
    sockets.add(socket);
    const session = new MemcacheSession(state);
    let waiting: Buffer = Buffer.alloc(0);
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk]);
      for (let taken = take(); taken > 0; taken = take()) waiting = waiting.subarray(taken);
    });
    /** Follows one request and gives its length; 0 if it is not complete. */
    const take = (): number => {
      const lineEnd = waiting.indexOf(10) + 1;
      if (lineEnd === 0) return 0;
      const line = waiting.toString("latin1", 0, lineEnd);
      const groups = match(line);
      if (groups === null) {
        strange.push(line);
        if (!/ noreply\r?\n$/.test(line)) socket.write("CLIENT_ERROR bad command line format\r\n");
        return lineEnd;
      }
      const end = groups === undefined ? lineEnd : lineEnd + Number(groups["length"]) + 2;
      if (waiting.length < end) return 0;
      const answer = session
        .receive(waiting.subarray(0, end))
        .map((piece) => (typeof piece === "string" ? Buffer.from(piece, "latin1") : piece));
      socket.write(lie(Buffer.concat(answer)));
      return end;
    };
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    address: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    strange,
    get connections() {
      return connections;
    },
  };
}

/** The groups of the line that it is; undefined: one without a value; null: none. */
function match(line: string): Record<string, string> | undefined | null {
  if (line.length > (/^gets? /.test(line) ? LONGEST.get : LONGEST.other) || TWICE.test(line)) return null;
  for (const pattern of LINES) {
    const found = pattern.exec(line);
    if (found !== null) return found.groups;
  }
  return null;
}
