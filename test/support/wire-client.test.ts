// Does the raw client tell apart what it should, and say what is wrong?
import { createServer } from "node:net";
import t from "tap";
import { ScriptedServer } from "./scripted-server.ts";
import { WireClient } from "./wire-client.ts";

await t.test("reads exactly what it expects", async (t) => {
  const server = await ScriptedServer.start(t);
  server.answer(() => "one\r\ntwo\r\n\0\xff");
  const client = await WireClient.connect(server.address);
  await client.send("x\r\n");
  await client.expect("one\r\n");
  t.equal(await client.readLine(), "two");
  t.same(await client.read(2), Buffer.from([0, 255]));
  await client.expectInStep("x\r\n", "one\r\n");
  client.close();
});

await t.test("fails at the first wrong byte, and shows both sides escaped", async (t) => {
  const server = await ScriptedServer.start(t);
  server.answer(() => "STORED\r\n");
  const client = await WireClient.connect(server.address);
  await client.send("x\r\n");
  const wrong = client.expect("STOLEN GOODS\r\n");
  await t.rejects(
    wrong,
    /expected: STOLEN GOODS\\r\\n\n +received: STORED\\r\\n\n.*byte 3: expected "LEN GOODS/,
  );
  client.close();
});

await t.test("fails when the server closes or stays silent", async (t) => {
  const server = await ScriptedServer.start(t);
  const client = await WireClient.connect(server.address, { deadline: 20 });
  await t.rejects(client.expect("x"), /sent nothing more for 20 ms/);
  (await server.nextConnection()).close();
  await client.expectClose();
  await t.rejects(client.expect("x"), /ended the stream \(closed\)/);
});

await t.test("expecting the end fails if something comes", async (t) => {
  const server = await ScriptedServer.start(t);
  const client = await WireClient.connect(server.address);
  await (await server.nextConnection()).send("late");
  await t.rejects(client.expectClose(), /something more[\s\S]*received: late/);
  client.close();
});

await t.test("sends each piece in its own segment", async (t) => {
  const chunks: string[] = [];
  const done = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket.write("welcome");
    socket.on("data", (chunk) => chunks.push(chunk.toString()));
    socket.on("end", done.resolve);
  });
  t.teardown(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("expected a port");
  const client = await WireClient.connect({ host: "127.0.0.1", port: bound.port });
  await client.expect("welcome");
  await client.sendSplit("abcdefg", 3);
  client.halfClose();
  await done.promise;
  t.equal(chunks.join(""), "abcdefg");
  t.ok(chunks.length > 1, `came as ${chunks}`);
  client.close();
});
