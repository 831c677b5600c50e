// Does each client get its answers in the order of its requests, and all of them before it is let go?
import { setImmediate } from "node:timers/promises";
import t, { type Test } from "tap";
import { startPlane } from "../support/plane.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { WireClient } from "../support/wire-client.ts";

// By the ring of these tests a, b and c belong to server 0, foo, bar and big to server 1.
const value = (key: string, text = key) => `VALUE ${key} 0 ${text.length}\r\n${text}\r\n`;
const found = (request: string) => `${value(request.slice(4, -2))}END\r\n`;

async function setUp(t: Test, options = {}) {
  const servers = [await ScriptedServer.start(t), await ScriptedServer.start(t)] as const;
  const plane = await startPlane(
    t,
    servers.map(({ address }) => address),
    options,
  );
  const connect = async () => {
    const client = await WireClient.connect(plane.address);
    t.teardown(() => client.close());
    return client;
  };
  return { servers, plane, connect, client: await connect() };
}

t.test("a server that answers first waits for one that was asked first", async (t) => {
  const { servers, client } = await setUp(t);
  for (const server of servers) server.answer(found);
  servers[0].hold();
  await client.send("get a\r\nget foo\r\nget b\r\nget bar\r\nmn\r\nbogus\r\n");
  await servers[1].waitFor("get foo\r\nget bar\r\n");
  await servers[0].waitFor("get a\r\nget b\r\n");
  await setImmediate();
  t.equal(client.received.length, 0, "nothing before the first answer");
  servers[0].release(1);
  await client.expect(`${value("a")}END\r\n${value("foo")}END\r\n`);
  servers[0].release();
  await client.expect(`${value("b")}END\r\n${value("bar")}END\r\nMN\r\nERROR\r\n`);
  await client.expectInStep();
});

t.test("clients do not wait for each other's servers", async (t) => {
  const { servers, client, connect } = await setUp(t);
  for (const server of servers) server.answer(found);
  servers[0].hold();
  await client.send("get a\r\n");
  await servers[0].waitFor("get a\r\n");
  const other = await connect();
  await other.exchange("get foo\r\n", `${value("foo")}END\r\n`);
  await client.send("get foo\r\n");
  await other.exchange("mn\r\n", "MN\r\n");
  servers[0].release();
  await client.expect(`${value("a")}END\r\n${value("foo")}END\r\n`);
});

t.test("answers of one server go each to its own client", async (t) => {
  const { servers, connect } = await setUp(t);
  servers[0].answer(found);
  const clients = await Promise.all(Array.from({ length: 20 }, connect));
  await Promise.all(
    clients.map(async (client, i) => {
      const key = i % 2 === 0 ? "a" : "b";
      for (let round = 0; round < 20; round++) {
        await client.exchange(`get ${key}\r\n`.repeat(5), `${value(key)}END\r\n`.repeat(5));
      }
    }),
  );
  t.equal(servers[0].accepted, 1, "on one connection");
});

t.test("a pipeline of a thousand requests over both servers", async (t) => {
  const { servers, client } = await setUp(t);
  for (const server of servers) server.answer(found);
  const keys = Array.from({ length: 1000 }, (_, i) => ["a", "foo", "b", "bar", "big"][(i * 7) % 5]!);
  await client.send(keys.map((key) => `get ${key}\r\n`).join(""));
  await client.expect(keys.map((key) => `${value(key)}END\r\n`).join(""));
  await client.expectInStep();
});

t.test("more requests than may be in flight are read when there is room", async (t) => {
  const { servers, client, plane } = await setUp(t, { limits: { requests: 4 } });
  for (const server of servers) server.answer(found);
  servers[0].hold();
  await client.send("get a\r\n".repeat(50));
  await servers[0].waitFor("get a\r\n".repeat(4));
  await setImmediate();
  t.equal(servers[0].requests.length, 4);
  t.equal(plane.plane.load().requests, 4);
  servers[0].release();
  await client.expect(`${value("a")}END\r\n`.repeat(50));
  await client.expectInStep();
});

t.test("who closes its side after its requests still gets all answers", async (t) => {
  const { servers, client } = await setUp(t);
  for (const server of servers) server.answer(found);
  for (const server of servers) server.hold();
  await client.send("get a\r\nget foo\r\nget a foo\r\nset a 0 0 5 noreply\r\nhello\r\nmn\r\nget b");
  client.halfClose();
  await servers[1].waitFor("get foo\r\n");
  for (const server of servers) server.release();
  await client.expect(`${value("a")}END\r\n${value("foo")}END\r\n${value("a")}${value("foo")}END\r\nMN\r\n`);
  await client.expectClose();
});

t.test("quit in the middle of a pipeline: what stands before it is answered", async (t) => {
  const { servers, client } = await setUp(t);
  for (const server of servers) server.answer(found);
  servers[0].hold();
  await client.send("get a\r\nget foo\r\nquit\r\nget b\r\nset a 0 0 1\r\n");
  await servers[1].waitFor("get foo\r\n");
  await servers[0].waitFor("get a\r\n");
  servers[0].release();
  await client.expect(`${value("a")}END\r\n${value("foo")}END\r\n`);
  await client.expectClose();
  t.same(servers[0].requests, ["get a\r\n"]);
});

t.test("a client that is gone leaves the others in step", async (t) => {
  const { servers, client, connect, plane } = await setUp(t);
  servers[0].answer(found);
  servers[0].hold();
  await client.send("get a\r\nget a\r\nget a\r\n");
  await servers[0].waitFor("get a\r\nget a\r\nget a\r\n");
  const other = await connect();
  await other.send("get b\r\n");
  await servers[0].waitFor("get b\r\n");
  client.reset();
  servers[0].release();
  await other.expect(`${value("b")}END\r\n`);
  await other.expectInStep();
  t.equal(plane.plane.load().requests, 0);
});
