/** A pool that is warmed from another: what is looked up there, what is stored, and what if that one is slow or gone? */
import t from "tap";
import { startPolicies, value } from "../../../support/policies.ts";
import { turns, until } from "../../../support/until.ts";

const setUp = (t: Parameters<typeof startPolicies>[0], more = {}) =>
  startPolicies(t, { warm_from: { pool: "old", ttl: 600 }, ...more }, { others: ["old"] });

t.test("a miss is looked up there, answered, and stored with add, flags and ttl", async (t) => {
  const { server, others, connect, count } = await setUp(t);
  server.answer((request) => (request.startsWith("get") ? "END\r\n" : "STORED\r\n"));
  others.old.answer(() => value("k", "old\r\nvalue", 42));
  const client = await connect();
  await client.exchange("get k\r\n", value("k", "old\r\nvalue", 42));
  await server.waitFor("old\r\nvalue\r\n");
  t.strictSame(server.requests, ["get k\r\n", "add k 42 600 10\r\nold\r\nvalue\r\n"]);
  await until(() => count("warmFills") === 1);
  t.equal(count("warmHits"), 1);
  t.equal(count("warmMisses"), 0);
  t.equal(count("hits"), 1);
  await client.expectInStep();
});

t.test("a hit is not looked up, nor is an error, nor what asks for more than values", async (t) => {
  const { server, others, connect } = await setUp(t);
  const client = await connect();
  for (const [request, answer] of [
    ["get k\r\n", value("k", "x")],
    ["get k\r\n", "SERVER_ERROR out of memory\r\n"],
    ["gets k\r\n", "END\r\n"],
    ["gets k l\r\n", "END\r\n"],
    ["gat 60 k\r\n", "END\r\n"],
    ["mg k v\r\n", "EN\r\n"],
    ["delete k\r\n", "NOT_FOUND\r\n"],
  ] as const) {
    server.answer(() => answer);
    await client.exchange(request, answer);
  }
  t.equal(others.old.requests.length, 0);
});

t.test("a value that is there by now stays, and counts as no fill", async (t) => {
  const { server, others, connect, count } = await setUp(t);
  server.answer((request) => (request.startsWith("get") ? "END\r\n" : "NOT_STORED\r\n"));
  others.old.answer(() => value("k", "x"));
  const client = await connect();
  await client.exchange("get k\r\n", value("k", "x"));
  await server.waitFor("add k 0 600 1\r\nx\r\n");
  await client.exchange("get k\r\n", value("k", "x"));
  t.equal(count("warmFills"), 0);
});

t.test("a miss in both is a miss", async (t) => {
  const { server, others, connect, count } = await setUp(t);
  server.answer(() => "END\r\n");
  others.old.answer(() => "END\r\n");
  const client = await connect();
  await client.exchange("get k\r\n", "END\r\n");
  t.equal(count("warmMisses"), 1);
  t.equal(count("misses"), 1);
  t.equal(server.requests.length, 1);
});

t.test("each key of a get of many", async (t) => {
  const { server, others, connect, count } = await setUp(t);
  server.answer((request) => {
    if (!request.startsWith("get")) return "STORED\r\n";
    return request === "get here\r\n" ? value("here", "new") : "END\r\n";
  });
  others.old.answer((request) => (request === "get there\r\n" ? value("there", "old", 1) : "END\r\n"));
  const client = await connect();
  await client.exchange(
    "get there nowhere here there\r\n",
    "VALUE there 1 3\r\nold\r\nVALUE here 0 3\r\nnew\r\nVALUE there 1 3\r\nold\r\nEND\r\n",
  );
  await until(() => count("warmFills") === 2);
  t.equal(count("hits"), 3);
  t.equal(count("misses"), 1);
});

t.test("what is written while the other pool is asked is not overwritten, nor kept near", async (t) => {
  const { server, others, connect, count } = await setUp(t, {
    near_cache: { size: 65_536, ttl: 10_000, max_value: 1_000 },
  });
  let current = "END\r\n";
  server.answer((request) => (request.startsWith("get") ? current : "DELETED\r\n"));
  others.old.answer(() => value("k", "old"));
  others.old.hold();
  const [reader, writer] = [await connect(), await connect()];
  await reader.send("get k\r\n");
  await others.old.waitFor("get k\r\n");
  await writer.exchange("delete k\r\n", "DELETED\r\n");
  others.old.release();
  await reader.expect(value("k", "old"));
  await turns();
  t.strictSame(server.requests, ["get k\r\n", "delete k\r\n"]);
  t.equal(count("nearCacheEntries"), 0);
  current = value("k", "new");
  await reader.exchange("get k\r\n", value("k", "new"));
});

t.test("a pool that is down is a pool that has nothing", async (t) => {
  const { server, others, connect, count, plane } = await setUp(t);
  server.answer(() => "END\r\n");
  await others.old.refuse();
  const client = await connect();
  await client.exchange("get k\r\nget k l\r\n", "END\r\nEND\r\n");
  t.equal(count("warmMisses"), 3);
  t.equal(plane.poolCount("requestsInFlight"), 0);
});

t.test(
  "a pool that is slow is waited for, for its timeout; answers stay in order and others go on",
  async (t) => {
    const { server, others, connect, clock } = await setUp(t);
    server.answer((request) => (request === "get k\r\n" ? "END\r\n" : value("here", "x")));
    const [client, other] = [await connect(), await connect()];
    await client.send("get k\r\nget here\r\n");
    await others.old.waitFor("get k\r\n");
    await other.exchange("get here\r\n", value("here", "x"));
    t.equal(client.received.length, 0);
    clock.advance(11_000);
    await client.expect(`END\r\n${value("here", "x")}`);
  },
);

t.test("garbage and errors of the other pool are misses", async (t) => {
  const { server, others, connect } = await setUp(t);
  server.answer(() => "END\r\n");
  const client = await connect();
  for (const answer of [
    "GARBAGE\r\n",
    "SERVER_ERROR busy\r\n",
    value("other", "x"),
    "VALUE k 0 1\r\nx\r\nSERVER_ERROR half way\r\n",
  ]) {
    others.old.answer(() => answer);
    await client.exchange("get k\r\n", "END\r\n");
  }
  t.equal(server.requests.filter((request) => request.startsWith("add")).length, 0);
});

t.test("a client that leaves while the other pool is asked: the value is stored all the same", async (t) => {
  const { server, others, connect, count, plane } = await setUp(t);
  server.answer((request) => (request.startsWith("get") ? "END\r\n" : "STORED\r\n"));
  others.old.answer(() => value("k", "x"));
  others.old.hold();
  const client = await connect();
  await client.send("get k\r\n");
  await others.old.waitFor("get k\r\n");
  client.reset();
  await until(() => plane.plane.load().connections === 0);
  others.old.release();
  await until(() => count("warmFills") === 1);
  t.equal(count("requestsInFlight"), 0);
  t.equal(plane.plane.load().requests, 0);
});
