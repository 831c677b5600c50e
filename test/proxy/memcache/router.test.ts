/** To which pool does a key go? */
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { privateBlock } from "../../../src/observe/metric-layout.ts";
import { Router } from "../../../src/proxy/memcache/router.ts";
import { Pool } from "../../../src/upstream/memcache/pool.ts";
import type { UpstreamHost } from "../../../src/upstream/upstream-host.ts";
import { otherPool, startPolicies, value } from "../../support/policies.ts";
import { poolOptions } from "../../support/pools.ts";
import { ScriptedServer } from "../../support/scripted-server.ts";

const host = { block: () => privateBlock("pool") } as unknown as UpstreamHost;
const pool = (name: string) => new Pool(poolOptions(name, []), [], host);
const [rest, users, user1, sessions] = ["rest", "users", "user1", "sessions"].map(pool) as [
  Pool,
  Pool,
  Pool,
  Pool,
];

function poolOf(router: Router, key: string): string {
  const bytes = Buffer.from(`get ${key}\r\n`, "latin1");
  return router.poolFor(bytes, 4, bytes.length - 2).options.name;
}

t.test("the longest prefix wins, whatever the order of the routes", async (t) => {
  const routes = [
    { prefix: "user:", pool: users },
    { prefix: "user:1", pool: user1 },
    { prefix: "session:", pool: sessions },
  ];
  for (const order of [routes, [...routes].reverse()]) {
    const router = new Router(rest, order);
    t.equal(poolOf(router, "user:2"), "users");
    t.equal(poolOf(router, "user:1"), "user1");
    t.equal(poolOf(router, "user:17"), "user1");
    t.equal(poolOf(router, "session:x"), "sessions");
    t.equal(poolOf(router, "session"), "rest", "shorter than the prefix");
    t.equal(poolOf(router, "xuser:1"), "rest", "not at the beginning");
    t.equal(poolOf(router, "User:1"), "rest", "another case");
  }
});

t.test("prefixes are compared as bytes", async (t) => {
  const router = new Router(rest, [{ prefix: "é", pool: users }]);
  t.equal(poolOf(router, "\xc3\xa9t\xc3\xa9"), "users");
  t.equal(poolOf(router, "\xe9"), "rest");
});

t.test("each pool is listed once", async (t) => {
  const routes = ["a", "b"].map((prefix) => ({ prefix, pool: users }));
  t.strictSame(new Router(rest, [...routes, { prefix: "c", pool: rest }]).pools, [rest, users]);
});

t.test("against a slow version", async () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.uniqueArray(text, { maxLength: 6 }), text, (prefixes, key) => {
      const routes = prefixes.map((prefix) => ({ prefix, pool: pool(prefix) }));
      const expected = prefixes
        .filter((prefix) => key.startsWith(prefix))
        .reduce((longest, prefix) => (prefix.length > longest.length ? prefix : longest), "");
      assert.equal(poolOf(new Router(rest, routes), key), expected || "rest");
    }),
  );
});

t.test("every kind of request goes to its key's pool, and a get of many keys to several", async (t) => {
  const other = await ScriptedServer.start(t);
  const { server, connect } = await startPolicies(
    t,
    {},
    {
      pools: [otherPool("other", other)],
      listener: { routes: [{ prefix: "o:", pool: "other" }] },
    },
  );
  const client = await connect();
  const requests = [
    ["get o:1\r\n", "END\r\n"],
    ["set o:1 0 0 1\r\nx\r\n", "STORED\r\n"],
    ["incr o:1 1\r\n", "2\r\n"],
    ["delete o:1\r\n", "DELETED\r\n"],
    ["gat 5 o:1\r\n", "END\r\n"],
    ["mg o:1 v\r\n", "EN\r\n"],
    ["ms o:1 1\r\nx\r\n", "HD\r\n"],
    ["mg bzox b v\r\n", "EN\r\n"],
    [`set o:1 0 0 200000\r\n${"x".repeat(200_000)}\r\n`, "STORED\r\n"],
  ] as const;
  for (const [request, answer] of requests) {
    other.answer(() => answer);
    await client.exchange(request, answer);
    server.answer(() => answer);
    await client.exchange(request.replace("o:1", "k:1").replace("bzox", "azox"), answer);
  }
  t.strictSame(
    other.requests,
    requests.map(([request]) => request),
  );
  t.equal(server.requests.length, requests.length);
  const found = (request: string) =>
    `${request
      .trimEnd()
      .split(" ")
      .slice(1)
      .map((key) => value(key, "x").slice(0, -5))
      .join("")}END\r\n`;
  for (const peer of [server, other]) peer.answer(found);
  await client.exchange("get o:2 k o:1 l\r\n", found("get o:2 k o:1 l\r\n"));
  t.equal(other.requests.at(-1), "get o:2 o:1\r\n");
  t.equal(server.requests.at(-1), "get k l\r\n");
  for (const peer of [server, other]) peer.answer(() => "OK\r\n");
  await client.exchange("flush_all\r\n", "OK\r\n");
  t.equal(other.requests.at(-1), "flush_all\r\n");
  t.equal(server.requests.at(-1), "flush_all\r\n");
});
