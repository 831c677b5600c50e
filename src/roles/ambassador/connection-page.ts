import type { ConnectionFacts } from "../../proxy/connection-list.ts";
import type { ConnectionQuery } from "../../workers/messages.ts";

/** Where a page begins: after this connection. */
export interface Cursor {
  readonly worker: number;
  readonly serial: number;
}

export interface PageQuery {
  readonly side: ConnectionQuery["side"];
  readonly after: Cursor | null;
  readonly limit: number;
}

/** An open connection in numbers, for people and scripts. */
export interface ConnectionView {
  /** `WORKER-NUMBER`, which is also its place in the list. */
  readonly id: string;
  readonly side: "client" | "server";
  readonly worker: number;
  readonly listener: string | null;
  readonly pool: string | null;
  readonly server: string | null;
  readonly peer: string;
  readonly tls: boolean;
  readonly since_unix_ms: number;
  readonly requests: number;
  readonly read_bytes: number;
  readonly written_bytes: number;
}

export interface ConnectionPage {
  readonly connections: ConnectionView[];
  /** What the next page begins after; null where there is none. */
  readonly next: string | null;
}

/**
 * Asks one worker after the other until the page is full: so a worker never looks up more than a page, and most pages
 * cost one worker one message.
 * @param now ms since the Unix epoch
 */
export async function connectionPage(
  { side, after, limit }: PageQuery,
  workers: number,
  now: number,
  ask: (worker: number, query: ConnectionQuery) => Promise<readonly unknown[]>,
): Promise<ConnectionPage> {
  const found: ConnectionView[] = [];
  // One more than wanted tells whether there is another page.
  for (let worker = after?.worker ?? 0; worker < workers && found.length <= limit; worker++) {
    const serial = worker === after?.worker ? after.serial : 0;
    const facts = await ask(worker, { side, after: serial, limit: limit + 1 - found.length });
    found.push(...(facts as readonly ConnectionFacts[]).map((each) => view(each, worker, now)));
  }
  const connections = found.slice(0, limit);
  return { connections, next: found.length > limit ? connections.at(-1)!.id : null };
}

function view({ serial, place, peer, tls, age, ...counts }: ConnectionFacts, worker: number, now: number) {
  return {
    id: `${worker}-${serial}`,
    side: place.side,
    worker,
    listener: place.side === "client" ? place.listener : null,
    pool: place.side === "server" ? place.pool : null,
    server: place.side === "server" ? place.server : null,
    peer,
    tls,
    since_unix_ms: Math.round(now - age),
    requests: counts.requests,
    read_bytes: counts.readBytes,
    written_bytes: counts.writtenBytes,
  };
}
