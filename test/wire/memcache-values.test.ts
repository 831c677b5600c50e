// Do values of any size pass through, streamed and not held whole?
import { setImmediate } from "node:timers/promises";
import t, { type Test } from "tap";
import { ByteSink } from "../support/byte-sink.ts";
import { type PlaneOptions, startPlane } from "../support/plane.ts";
import { type ScriptedConnection, ScriptedServer } from "../support/scripted-server.ts";
import { WireClient } from "../support/wire-client.ts";

// By the ring of these tests a, b and c belong to server 0, foo and bar to server 1.
const large = 8 << 20;

async function setUp(t: Test, options: PlaneOptions = {}) {
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
  return { server: servers[0], other: servers[1], plane, connect, client: await connect() };
}

/** Reads a value of `length` bytes of one letter. */
async function expectLetters(connection: ScriptedConnection | WireClient, letter: string, length: number) {
  await connection.expect(letter.repeat(length));
}

for (const size of [0, 1, 127 * 1024, 128 * 1024, 128 * 1024 + 1, 300_000, 1 << 20]) {
  t.test(`a value of ${size} bytes, there and back`, async (t) => {
    const { server, client, plane } = await setUp(t);
    const value = "v".repeat(size);
    server.answer((request) =>
      request.startsWith("set") ? "STORED\r\n" : `VALUE a 7 ${size}\r\n${value}\r\nEND\r\n`,
    );
    await client.send(`set a 7 0 ${size}\r\n${value}\r\nget a\r\n`);
    await client.expect(`STORED\r\nVALUE a 7 ${size}\r\n${value}\r\nEND\r\n`);
    await client.expectInStep();
    t.same(server.requests, [`set a 7 0 ${size}\r\n${value}\r\n`, "get a\r\n"]);
    t.equal(plane.bufferedBytes, 0);
  });
}

for (const every of [1_000, 65_537]) {
  t.test(
    `values above 128 KiB in pieces of ${every} bytes, with every kind of storage command`,
    async (t) => {
      const { server, client } = await setUp(t);
      server.answer((request) =>
        request.startsWith("ms")
          ? request.includes(" q")
            ? null
            : "HD\r\n"
          : request === "mn\r\n"
            ? "MN\r\n"
            : "STORED\r\n",
      );
      const value = "v".repeat(200_000);
      const heads = [
        "set a 0 0 200000",
        "add a 0 0 200000",
        "append a 0 0 200000",
        "cas a 0 0 200000 5",
        "ms a 200000",
      ];
      for (const head of heads) {
        await client.sendSplit(`${head}\r\n${value}\r\n`, every);
        await client.expect(head.startsWith("ms") ? "HD\r\n" : "STORED\r\n");
      }
      await client.sendSplit(
        `set a 0 0 200000 noreply\r\n${value}\r\nms a 200000 q\r\n${value}\r\nmn\r\n`,
        every,
      );
      await client.expect("MN\r\n");
      await client.expectInStep();
      t.same(
        server.requests,
        [...heads, "set a 0 0 200000", "ms a 200000 q"].flatMap((head) =>
          [`${head}\r\n${value}\r\n`, head.endsWith("q") ? "mn\r\n" : ""].filter(Boolean),
        ),
      );
    },
  );
}

t.test("a large value goes while the rest of it is still to come, on a connection of its own", async (t) => {
  const { server, client, connect } = await setUp(t);
  await client.send(`set a 0 0 ${large}\r\n${"v".repeat(1 << 20)}`);
  const upload = await server.nextConnection();
  await upload.expect(`set a 0 0 ${large}\r\n`);
  await expectLetters(upload, "v", 1 << 20);
  // Meanwhile the shared connection serves everybody else.
  const second = await connect();
  await second.send("get b\r\n");
  const shared = await server.nextConnection();
  await shared.expect("get b\r\n");
  await shared.send("END\r\n");
  await second.expect("END\r\n");
  // This client's next request waits for its value, so that it sees what it has stored.
  await client.send(`${"w".repeat(large - (1 << 20))}\r\nget a\r\n`);
  await expectLetters(upload, "w", large - (1 << 20));
  await upload.expect("\r\n");
  t.equal(shared.received.length, 0);
  await upload.send("STORED\r\n");
  await client.expect("STORED\r\n");
  await shared.expect("get a\r\n");
  await shared.send("END\r\n");
  await client.expect("END\r\n");
  await client.expectInStep();
});

t.test("a server that takes nothing stops the client, and memory stays small", async (t) => {
  const size = 4 * large;
  const sink = await ByteSink.start(t);
  const plane = await startPlane(t, [sink.address]);
  const client = await WireClient.connect(plane.address);
  t.teardown(() => client.close());
  const head = `set a 0 0 ${size}\r\n`;
  const sent = client.send(`${head}${"v".repeat(size)}\r\n`);
  let most = 0;
  let before = -1;
  // Until nothing moves any more: the kernel's buffers are full on both sides.
  while (plane.written !== before) {
    before = plane.written;
    for (let i = 0; i < 200; i++) await setImmediate();
    most = Math.max(most, plane.bufferedBytes);
  }
  t.ok(most < 2 << 20, `${most} bytes are held`);
  sink.resume();
  await sent;
  await sink.waitForBytes(head.length + size + 2);
  sink.send("STORED\r\n");
  await client.expect("STORED\r\n");
  await client.expectInStep();
  t.equal(plane.bufferedBytes, 0);
});

t.test("requests in front of a large value are answered before it goes", async (t) => {
  const { server, client } = await setUp(t);
  await client.send(`get a\r\nset a 0 0 400000\r\n${"v".repeat(400_000)}\r\nget b\r\n`);
  const shared = await server.nextConnection();
  await shared.expect("get a\r\n");
  t.equal(server.accepted, 1);
  await shared.send("END\r\n");
  const upload = await server.nextConnection();
  await upload.expect("set a 0 0 400000\r\n");
  await expectLetters(upload, "v", 400_000);
  await upload.expect("\r\n");
  t.equal(shared.received.length, 0, "the next request waits");
  await upload.send("STORED\r\n");
  await shared.expect("get b\r\n");
  await shared.send("END\r\n");
  await client.expect("END\r\nSTORED\r\nEND\r\n");
  await client.expectInStep();
});

t.test("the connection of a large value serves the next one", async (t) => {
  const { server, client } = await setUp(t);
  server.answer(() => "STORED\r\n");
  for (let i = 0; i < 5; i++) {
    await client.exchange(`set a 0 0 400000\r\n${"v".repeat(400_000)}\r\n`, "STORED\r\n");
  }
  t.equal(server.accepted, 1);
});

t.test("a server that refuses early: the client is told, and the rest is dropped", async (t) => {
  const { server, client, plane } = await setUp(t);
  await client.send(`set a 0 0 ${large}\r\n${"v".repeat(300_000)}`);
  const upload = await server.nextConnection();
  await upload.expect(`set a 0 0 ${large}\r\n`);
  await upload.send("SERVER_ERROR object too large for cache\r\n");
  await client.expect("SERVER_ERROR object too large for cache\r\n");
  await client.send(`${"v".repeat(large - 300_000)}\r\nmn\r\n`);
  await client.expect("MN\r\n");
  t.equal(plane.plane.load().requests, 0);
});

t.test("a server lost in the middle of a value", async (t) => {
  const { server, client, plane } = await setUp(t);
  await client.send(`set a 0 0 ${large}\r\n${"v".repeat(300_000)}`);
  const upload = await server.nextConnection();
  await upload.expect(`set a 0 0 ${large}\r\n`);
  upload.reset();
  t.match(await client.readLine(), /^SERVER_ERROR connection_lost s0: /);
  await client.send(`${"v".repeat(large - 300_000)}\r\nmn\r\n`);
  await client.expect("MN\r\n");
  t.equal(plane.bufferedBytes, 0);
});

t.test("a server that cannot be reached for a large value, again and again", async (t) => {
  const { server, other, client } = await setUp(t);
  await server.refuse();
  for (let i = 0; i < 40; i++) {
    await client.send(`set a 0 0 200000\r\n${"v".repeat(200_000)}\r\n`);
    t.match(await client.readLine(), /^SERVER_ERROR connect s0: /);
  }
  await client.send(`set a 0 0 200000 noreply\r\n${"v".repeat(200_000)}\r\n`);
  await client.expectInStep();
  other.answer(() => "STORED\r\n");
  await client.exchange(`set foo 0 0 200000\r\n${"v".repeat(200_000)}\r\n`, "STORED\r\n");
});

t.test("a client lost in the middle of a value costs only itself", async (t) => {
  const { server, client, connect, plane } = await setUp(t);
  await client.send(`set a 0 0 ${large}\r\n${"v".repeat(300_000)}`);
  const upload = await server.nextConnection();
  await upload.expect(`set a 0 0 ${large}\r\n`);
  client.reset();
  await upload.waitForEnd();
  const second = await connect();
  await second.exchange("mn\r\n", "MN\r\n");
  t.equal(plane.plane.load().requests, 0);
  t.equal(plane.bufferedBytes, 0);
});

t.test("a value longer than the listener takes", async (t) => {
  const { server, client, plane } = await setUp(t, { limits: { value: 1000 } });
  server.answer(() => "STORED\r\n");
  const longer = `set a 0 0 1001\r\n${"v".repeat(1001)}\r\n`;
  await client.exchange(
    `${longer}${longer.replace("1001\r", "1001 noreply\r")}`,
    "SERVER_ERROR object too large for cache\r\n",
  );
  await client.exchange(
    `ms a 1001\r\n${"v".repeat(1001)}\r\n`,
    "SERVER_ERROR object too large for cache\r\n",
  );
  await client.exchange(`set a 0 0 1000\r\n${"v".repeat(1000)}\r\n`, "STORED\r\n");
  t.equal(plane.clientErrors("value_too_large"), 3);
  await client.expectInStep();
});

t.test("a large value to a client is streamed", async (t) => {
  const { server, client, plane } = await setUp(t);
  await client.send("get a\r\nget b\r\n");
  const shared = await server.nextConnection();
  await shared.expect("get a\r\nget b\r\n");
  await shared.send(`VALUE a 0 ${large}\r\n${"v".repeat(100_000)}`);
  await client.expect(`VALUE a 0 ${large}\r\n${"v".repeat(100_000)}`);
  await shared.send(`${"v".repeat(large - 100_000)}\r\nEND\r\nEND\r\n`);
  await expectLetters(client, "v", large - 100_000);
  await client.expect("\r\nEND\r\nEND\r\n");
  await client.expectInStep();
  t.equal(plane.bufferedBytes, 0);
});

t.test("a streamed value that breaks off ends the connection: it cannot be taken back", async (t) => {
  const { server, client } = await setUp(t);
  await client.send("get a\r\n");
  const shared = await server.nextConnection();
  await shared.expect("get a\r\n");
  await shared.send(`VALUE a 0 ${large}\r\n${"v".repeat(100_000)}`);
  await client.expect(`VALUE a 0 ${large}\r\n${"v".repeat(100_000)}`);
  shared.reset();
  await client.expectClose();
});

t.test("a value that breaks off before it is streamed is an error, and the client stays", async (t) => {
  const { server, client } = await setUp(t);
  await client.send("get a\r\n");
  const shared = await server.nextConnection();
  await shared.expect("get a\r\n");
  await shared.send(`VALUE a 0 1000\r\n${"v".repeat(500)}`);
  shared.reset();
  t.match(await client.readLine(), /^SERVER_ERROR connection_lost s0: /);
  await client.expectInStep();
});
