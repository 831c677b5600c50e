/** A pool that coalesces: who shares an upstream request, and who must not? */
import t from "tap";
import { startPolicies, value } from "../../../support/policies.ts";
import { turns, until } from "../../../support/until.ts";

t.test("identical gets in flight are one request, and each client has its answer in its order", async (t) => {
  const { server, connect, count } = await startPolicies(t, { coalesce: true });
  const clients = await Promise.all(Array.from({ length: 5 }, connect));
  server.answer(() => value("k", "x"));
  server.hold();
  for (const client of clients) await client.send("version\r\nget k\r\nmn\r\nget k\r\n");
  await until(() => count("requestsInFlight") === 10);
  t.strictSame(server.requests, ["get k\r\n"]);
  server.release();
  for (const client of clients) {
    t.match(await client.readLine(), /^VERSION /);
    await client.expect(`${value("k", "x")}MN\r\n${value("k", "x")}`);
  }
  t.equal(count("coalescedRequests"), 9);
  t.equal(count("hits"), 10);
  t.equal(count("requestsInFlight"), 0);
  server.release();
  await clients[0]!.exchange("get k\r\n", value("k", "x"));
  t.equal(server.requests.length, 2, "what comes after the answer is a request of its own");
});

t.test("a get after a write does not join one before it", async (t) => {
  const { server, connect } = await startPolicies(t, { coalesce: true });
  const [early, writer, late] = [await connect(), await connect(), await connect()];
  server.answer((request) => (request.startsWith("get") ? value("k", "old") : "STORED\r\n"));
  server.hold();
  await early.send("get k\r\n");
  await server.waitFor("get k\r\n");
  await writer.send("set k 0 0 3\r\nnew\r\n");
  await server.waitFor("new\r\n");
  server.answer(() => value("k", "new"));
  await late.send("get k\r\n");
  await server.waitFor("get k\r\n");
  server.release();
  await early.expect(value("k", "old"));
  await writer.expect("STORED\r\n");
  await late.expect(value("k", "new"));
  t.equal(server.requests.length, 3);
});

t.test("nor does one after the answer to a write join one sent before that", async (t) => {
  const { server, connect } = await startPolicies(t, { coalesce: true });
  const [writer, between, late] = [await connect(), await connect(), await connect()];
  server.answer((request) => (request.startsWith("get") ? value("k", "x") : "STORED\r\n"));
  server.hold();
  await writer.send("set k 0 0 1\r\nx\r\n");
  await server.waitFor("x\r\n");
  await between.send("get k\r\n");
  await server.waitFor("get k\r\n");
  server.release(1);
  await writer.expect("STORED\r\n");
  await late.send("get k\r\n");
  await server.waitFor("get k\r\n");
  t.equal(server.requests.length, 3);
  server.release();
  await Promise.all([between, late].map((client) => client.expect(value("k", "x"))));
});

t.test("failure is everybody's", async (t) => {
  const { server, connect, count } = await startPolicies(t, { coalesce: true });
  const clients = await Promise.all(Array.from({ length: 3 }, connect));
  for (const client of clients) await client.send("get k\r\n");
  const connection = await server.nextConnection();
  await connection.expect("get k\r\n");
  await until(() => count("requestsInFlight") === 3);
  connection.reset();
  for (const client of clients) {
    t.match(await client.readLine(), /^SERVER_ERROR connection_lost s0: ECONNRESET$/);
    await client.expectInStep();
  }
  t.equal(count("errors") + count("requestsInFlight"), 0, "errors are counted by kind");
  t.equal(server.requests.length, 1);
});

t.test("so is the time: none waits longer for joining", async (t) => {
  const { clock, server, connect, plane } = await startPolicies(t, { coalesce: true, timeout: 1_000 });
  const [first, second] = [await connect(), await connect()];
  await first.send("get k\r\n");
  await server.waitFor("get k\r\n");
  clock.advance(800);
  await second.send("get k\r\n");
  await until(() => plane.poolCount("requestsInFlight") === 2);
  clock.advance(300);
  for (const client of [first, second]) t.match(await client.readLine(), /^SERVER_ERROR timeout/);
  t.equal(plane.poolErrors("timeout"), 2);
});

t.test("a client that leaves takes nothing from the others", async (t) => {
  const { server, connect, count, plane } = await startPolicies(t, { coalesce: true });
  const [first, second] = [await connect(), await connect()];
  server.answer(() => value("k", "x"));
  server.hold();
  await first.send("get k\r\n");
  await server.waitFor("get k\r\n");
  await second.send("get k\r\n");
  await until(() => count("requestsInFlight") === 2);
  first.reset();
  await until(() => plane.plane.load().connections === 1);
  server.release();
  await second.expect(value("k", "x"));
  t.equal(count("requestsInFlight"), 0);
  await second.expectInStep();
});

t.test("gets of many keys join, too, and duplicates of their own", async (t) => {
  const { server, connect, count } = await startPolicies(t, { coalesce: true });
  const [one, many] = [await connect(), await connect()];
  server.answer((request) => value(request.slice(4, -2), "x"));
  server.hold();
  await one.send("get a\r\n");
  await server.waitFor("get a\r\n");
  await many.send("get b a b\r\n");
  await server.waitFor("get b\r\n");
  server.release();
  await one.expect(value("a", "x"));
  await many.expect("VALUE b 0 1\r\nx\r\nVALUE a 0 1\r\nx\r\nVALUE b 0 1\r\nx\r\nEND\r\n");
  t.equal(server.requests.length, 2);
  t.equal(count("coalescedRequests"), 2);
});

t.test("gets, gat and other keys are not shared", async (t) => {
  const { server, connect } = await startPolicies(t, { coalesce: true });
  const client = await connect();
  await client.send("get k\r\ngets k\r\ngets k\r\ngat 5 k\r\nmg k\r\nmg k\r\nget l\r\n");
  await server.waitFor("get k\r\ngets k\r\ngets k\r\ngat 5 k\r\nmg k\r\nmg k\r\nget l\r\n");
  await turns();
  t.equal(server.requests.length, 7);
});

t.test(
  "a reply larger than half of what may be held for a client is an error, and costs no more",
  async (t) => {
    const { server, connect } = await startPolicies(t, { coalesce: true }, { limits: { bytes: 64 * 1024 } });
    const client = await connect();
    server.answer(() => value("k", "x".repeat(40_000)));
    await client.send("get k\r\n");
    t.equal(await client.readLine(), "SERVER_ERROR busy s0: an answer of more than 32768 bytes");
    await client.expectInStep();
    server.answer(() => value("k", "x".repeat(30_000)));
    await client.exchange("get k\r\n", value("k", "x".repeat(30_000)));
  },
);
