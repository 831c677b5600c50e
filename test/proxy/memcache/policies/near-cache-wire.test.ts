/** A pool with a near cache: when is a get answered from it, and what makes it forget? */
import t from "tap";
import { startPolicies, value } from "../../../support/policies.ts";
import { turns } from "../../../support/until.ts";

const near_cache = { size: 64 * 1024, ttl: 1_000, max_value: 8 * 1024 };

t.test("the second get does not reach the server, until the time is up", async (t) => {
  const { clock, server, connect, count } = await startPolicies(t, { near_cache });
  const client = await connect();
  server.answer(() => value("k", "one", 7));
  await client.exchange("get k\r\n", value("k", "one", 7));
  server.answer(() => value("k", "two", 7));
  await client.exchange("get k\r\n", value("k", "one", 7));
  clock.advance(999);
  await client.exchange("get k\r\n", value("k", "one", 7));
  clock.advance(1);
  await client.exchange("get k\r\n", value("k", "two", 7));
  t.equal(server.requests.length, 2);
  t.equal(count("nearCacheHits"), 2);
  t.equal(count("nearCacheMisses"), 2);
  t.equal(count("nearCacheEntries"), 1);
  t.equal(count("hits"), 4);
  t.equal(count("requestsInFlight"), 0);
});

t.test("a hit waits for the answers before it", async () => {
  const { server, connect } = await startPolicies(t, { near_cache });
  const client = await connect();
  server.answer((request) => (request === "get k\r\n" ? value("k", "near") : "END\r\n"));
  await client.exchange("get k\r\n", value("k", "near"));
  server.hold();
  await client.send("get far\r\nget k\r\nget far k\r\nmn\r\n");
  await server.waitFor("get far\r\nget far\r\n");
  await turns();
  t.equal(client.received.length, 0);
  server.release();
  await client.expect(`END\r\n${value("k", "near")}${value("k", "near")}MN\r\n`);
});

t.test("misses are not kept, nor are large values and errors", async (t) => {
  const { server, connect, count } = await startPolicies(t, { near_cache: { ...near_cache, max_value: 4 } });
  const client = await connect();
  for (const answer of ["END\r\n", value("k", "12345"), "SERVER_ERROR out of memory\r\n"]) {
    server.answer(() => answer);
    await client.exchange("get k\r\n", answer);
    await client.exchange("get k\r\n", answer);
  }
  t.equal(server.requests.length, 6);
  t.equal(count("nearCacheEntries"), 0);
  server.answer(() => value("k", "1234"));
  await client.exchange("get k\r\nget k\r\n", value("k", "1234") + value("k", "1234"));
});

const WRITES: readonly (readonly [request: string, answer: string])[] = [
  ["set k 0 0 1\r\nx\r\n", "STORED\r\n"],
  ["add k 0 0 1\r\nx\r\n", "NOT_STORED\r\n"],
  ["replace k 0 0 1\r\nx\r\n", "STORED\r\n"],
  ["append k 0 0 1\r\nx\r\n", "STORED\r\n"],
  ["prepend k 0 0 1\r\nx\r\n", "STORED\r\n"],
  ["cas k 0 0 1 5\r\nx\r\n", "EXISTS\r\n"],
  ["incr k 1\r\n", "2\r\n"],
  ["decr k 1\r\n", "2\r\n"],
  ["touch k 100\r\n", "TOUCHED\r\n"],
  ["gat 100 k\r\n", "END\r\n"],
  ["gats 100 k other\r\n", "END\r\n"],
  ["delete k\r\n", "DELETED\r\n"],
  ["ms k 1\r\nx\r\n", "HD\r\n"],
  ["ms aw== 1 b\r\nx\r\n", "HD\r\n"],
  ["md k\r\n", "HD\r\n"],
  ["ma k\r\n", "HD\r\n"],
  ["mg k T60\r\n", "HD\r\n"],
  ["mg k N60 v\r\n", "EN\r\n"],
  [`set k 0 0 200000\r\n${"x".repeat(200_000)}\r\n`, "STORED\r\n"],
  ["flush_all\r\n", "OK\r\n"],
];

for (const [request, answer] of WRITES) {
  const name = JSON.stringify(request.slice(0, 30));
  t.test(`${name} is a write`, async (t) => {
    const { server, connect } = await startPolicies(t, { near_cache });
    const [client, writer] = [await connect(), await connect()];
    let current = "old";
    server.answer((asked) => (asked === "get k\r\n" ? value("k", current) : answer));
    await client.exchange("get k\r\n", value("k", "old"));

    // From when it is sent on …
    server.hold();
    await writer.send(request);
    await server.waitFor(request.startsWith("gats") ? "gats 100 k\r\n" : request);
    await client.send("get k\r\n");
    await server.waitFor("get k\r\n");
    // … nothing that was asked for before its end is kept …
    current = "new";
    server.release();
    await writer.expect(answer);
    await client.expect(value("k", "old"));
    // … so that what is seen after its end is what is there.
    await client.exchange("get k\r\n", value("k", "new"));
    const seen = server.requests.length;
    await client.exchange("get k\r\n", value("k", "new"));
    t.equal(server.requests.length, seen, "and that is kept again");
  });
}

t.test("reads of other kinds go to the server, and leave what is kept", async (t) => {
  const { server, connect } = await startPolicies(t, { near_cache });
  const client = await connect();
  server.answer(() => value("k", "x"));
  await client.exchange("get k\r\n", value("k", "x"));
  for (const [request, answer] of [
    ["gets k\r\n", "VALUE k 0 1 9\r\nx\r\nEND\r\n"],
    ["mg k v\r\n", "VA 1\r\nx\r\n"],
    ["me k\r\n", "EN\r\n"],
  ] as const) {
    server.answer(() => answer);
    await client.exchange(request, answer);
  }
  await client.exchange("get k\r\n", value("k", "x"));
  t.strictSame(server.requests, ["get k\r\n", "gets k\r\n", "mg k v\r\n", "me k\r\n"]);
});

t.test("a get that began before a write is not kept, whoever is answered first", async (t) => {
  const { server, connect, count } = await startPolicies(t, { near_cache, connections: 4 });
  const [reader, writer] = [await connect(), await connect()];
  server.answer((request) => (request.startsWith("get") ? value("k", "old") : "STORED\r\n"));
  server.hold();
  await reader.send("get k\r\n");
  await server.waitFor("get k\r\n");
  await writer.send("set k 0 0 3\r\nnew\r\n");
  await server.waitFor("new\r\n");
  server.release();
  await Promise.all([reader.expect(value("k", "old")), writer.expect("STORED\r\n")]);
  t.equal(count("nearCacheEntries"), 0);
});

t.test("a write that fails forgets as well, for it may have been done", async () => {
  const { server, connect } = await startPolicies(t, { near_cache });
  const client = await connect();
  server.answer(() => value("k", "old"));
  await client.exchange("get k\r\n", value("k", "old"));
  server.answer((_request, connection) => {
    connection.close();
    return null;
  });
  await client.send("set k 0 0 3\r\nnew\r\n");
  t.match(await client.readLine(), /^SERVER_ERROR connection_lost/);
  server.answer(() => value("k", "new"));
  await client.exchange("get k\r\n", value("k", "new"));
});

t.test("a get of many keys takes what is near, and keeps what it got", async (t) => {
  const { server, connect, count } = await startPolicies(t, { near_cache });
  const client = await connect();
  server.answer((request) => {
    const key = request.slice(4, -2);
    return key === "none" ? "END\r\n" : value(key, `of ${key}`);
  });
  await client.exchange("get a\r\n", value("a", "of a"));
  const block = (key: string) => value(key, `of ${key}`).slice(0, -5);
  await client.exchange(
    "get b a none b a\r\n",
    `${block("b")}${block("a")}${block("b")}${block("a")}END\r\n`,
  );
  t.strictSame(server.requests, ["get a\r\n", "get b\r\n", "get none\r\n", "get b\r\n"]);
  await client.exchange("get a b\r\n", `${block("a")}${block("b")}END\r\n`);
  t.equal(server.requests.length, 4);
  t.equal(count("hits"), 7);
  t.equal(count("misses"), 1);
});

t.test("bounded in bytes under any number of keys", async (t) => {
  const size = 8 * 1024;
  const { server, connect, count } = await startPolicies(t, { near_cache: { ...near_cache, size } });
  const client = await connect();
  server.answer((request) => value(request.slice(4, -2), "x".repeat(100)));
  for (let i = 0; i < 300; i++) await client.exchange(`get k${i}\r\n`, value(`k${i}`, "x".repeat(100)));
  t.ok(count("nearCacheBytes") <= size);
  t.ok(count("nearCacheEntries") > 10);
  t.equal(count("nearCacheEntries") + count("nearCacheEvictions"), 300);
});

t.test("a reply about another key is an error, and is not kept", async (t) => {
  const { server, connect, count } = await startPolicies(t, { near_cache });
  const client = await connect();
  for (const answer of [value("other", "x"), "VALUE k 0 1\r\nx\r\nVALUE k 0 1\r\ny\r\nEND\r\n"]) {
    server.answer(() => answer);
    await client.send("get k\r\n");
    t.match(await client.readLine(), /^SERVER_ERROR protocol s0: an answer that is none/);
  }
  t.equal(count("nearCacheEntries"), 0);
  await client.expectInStep();
});
