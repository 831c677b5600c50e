import t from "tap";
import type { ConnectionFacts } from "../../../src/proxy/connection-list.ts";
import { connectionPage } from "../../../src/roles/ambassador/connection-page.ts";
import type { ConnectionQuery } from "../../../src/workers/messages.ts";

const facts = (serial: number): ConnectionFacts => ({
  serial,
  place:
    serial % 2 === 0 ? { side: "server", pool: "a", server: "x" } : { side: "client", listener: "cache" },
  peer: `127.0.0.1:${serial}`,
  tls: false,
  age: 10,
  requests: 1,
  readBytes: 2,
  writtenBytes: 3,
});

/** Workers with connections of these numbers, and what they were asked. */
function workers(...held: readonly (readonly number[])[]) {
  const asked: (ConnectionQuery & { readonly worker: number })[] = [];
  const ask = async (worker: number, query: ConnectionQuery) => {
    asked.push({ worker, ...query });
    return held[worker]!.filter((serial) => serial > query.after)
      .slice(0, query.limit)
      .map(facts);
  };
  return { ask, asked };
}

t.test("pages follow each other over all workers, and each connection comes once", async (t) => {
  const { ask, asked } = workers([1, 2, 5], [], [3, 4]);
  const ids: string[] = [];
  let after: { worker: number; serial: number } | null = null;
  for (let pages = 0; pages < 10; pages++) {
    const { connections, next } = await connectionPage({ side: null, after, limit: 2 }, 3, 1_000, ask);
    ids.push(...connections.map(({ id }) => id));
    if (next === null) break;
    const [worker, serial] = next.split("-").map(Number) as [number, number];
    after = { worker, serial };
  }
  t.same(ids, ["0-1", "0-2", "0-5", "2-3", "2-4"]);
  t.ok(
    asked.every(({ limit }) => limit <= 3),
    "no worker looks up more than a page and one",
  );
});

t.test("a page that is just full is the last if nothing follows", async (t) => {
  const { ask } = workers([1, 3]);
  t.equal((await connectionPage({ side: "client", after: null, limit: 2 }, 1, 0, ask)).next, null);
});

t.test("a full page asks no further worker", async (t) => {
  const { ask, asked } = workers([1, 2, 3], [4]);
  t.match(await connectionPage({ side: null, after: null, limit: 2 }, 2, 1_000, ask), {
    next: "0-2",
    connections: [
      { id: "0-1", side: "client", listener: "cache", pool: null, server: null, since_unix_ms: 990 },
      { id: "0-2", side: "server", listener: null, pool: "a", server: "x" },
    ],
  });
  t.same(
    asked.map(({ worker }) => worker),
    [0],
  );
});
