// Can a server of a test do every wrong thing that a real one might?
import t from "tap";
import { ScriptedServer } from "./scripted-server.ts";
import { WireClient } from "./wire-client.ts";

await t.test("answers each request, and records it with its value", async (t) => {
  const server = await ScriptedServer.start(t);
  server.answer((request) => (request.startsWith("set") ? "STORED\r\n" : "END\r\n"));
  const client = await WireClient.connect(server.address);
  const requests = ["set k 0 0 4\r\n\r\nab\r\n", "get k\r\n", "ms k 2 T0\r\nab\r\n", "mn\n"];
  await client.sendSplit(requests.join(""));
  await client.expect("STORED\r\nEND\r\nEND\r\nEND\r\n");
  t.same(server.requests, requests);
  client.close();
});

await t.test("is silent until told otherwise, and on command", async (t) => {
  const server = await ScriptedServer.start(t);
  const client = await WireClient.connect(server.address);
  await client.send("one\r\n");
  await server.waitFor("one\r\n");
  server.answer(() => "ok\r\n");
  await client.exchange("two\r\n", "ok\r\n");
  server.silence();
  await client.send("three\r\n");
  await server.waitFor("three\r\n");
  t.same(server.requests, ["one\r\n", "two\r\n", "three\r\n"]);
  t.equal(client.received.length, 0);
  client.close();
});

await t.test("keeps answers back until they are released", async (t) => {
  const server = await ScriptedServer.start(t);
  server.answer((request) => request);
  server.hold();
  const client = await WireClient.connect(server.address);
  await client.send("1\r\n2\r\n3\r\n");
  await server.waitFor("3\r\n");
  t.equal(server.held, 3);
  server.release(1);
  await client.expect("1\r\n");
  server.release();
  await client.expect("2\r\n3\r\n");
  await client.exchange("4\r\n", "4\r\n");
  client.close();
});

await t.test("sends half a value and stops, resets, and half-closes", async (t) => {
  const server = await ScriptedServer.start(t);
  const clients = [await WireClient.connect(server.address), await WireClient.connect(server.address)];
  const [first, second] = [await server.nextConnection(), await server.nextConnection()];
  await clients[0]?.send("get k\r\n");
  await first.expect("get k\r\n");
  await first.send("VALUE k 0 10\r\nhalf");
  await clients[0]?.expect("VALUE k 0 10\r\nhalf");
  first.reset();
  await clients[0]?.expectClose();
  t.equal(clients[0]?.ended, "ECONNRESET");
  second.halfClose();
  await clients[1]?.expectClose();
  t.equal(clients[1]?.ended, "closed");
  for (const client of clients) client.close();
});

await t.test("refuses, and listens again at the same port", async (t) => {
  const server = await ScriptedServer.start(t);
  server.answer(() => "ok\r\n");
  const early = await WireClient.connect(server.address);
  await early.exchange("x\r\n", "ok\r\n");
  await server.refuse();
  await t.rejects(WireClient.connect(server.address), { code: "ECONNREFUSED" });
  await early.exchange("x\r\n", "ok\r\n");
  const { address } = server;
  await server.listen();
  t.same(server.address, address);
  const late = await WireClient.connect(server.address);
  await late.exchange("x\r\n", "ok\r\n");
  t.equal(server.accepted, 2);
  t.equal(server.open, 2);
  for (const client of [early, late]) client.close();
});
