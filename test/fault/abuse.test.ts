/** Clients that do harm, by mistake or not: each costs bounded memory, and only itself. */
import t, { type Test } from "tap";
import { LISTENER, SERVER } from "../../src/observe/metric-layout.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { type PlaneOptions, startPlane } from "../support/plane.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { turns, until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

async function setUp(t: Test, options: PlaneOptions = {}) {
  const clock = new FakeClock();
  const peer = await ScriptedServer.start(t);
  const plane = await startPlane(t, [peer.address], { ...options, clock });
  expectNothingBuffered(t, plane);
  const connect = async (): Promise<WireClient> => {
    const client = await WireClient.connect(plane.address);
    t.teardown(() => client.close());
    return client;
  };
  const openConnections = () => plane.block("listener", "cache")[LISTENER.openConnections];
  return { clock, peer, plane, connect, openConnections };
}

/** STORED to each set, END to each get. */
const answer = (request: string): string => (request.startsWith("get") ? "END\r\n" : "STORED\r\n");

t.test("a client that reads slowly is not cut off, however much it asks for in its time", async (t) => {
  const { peer, connect } = await setUp(t, { limits: { bytes: 4 << 20, requests: 2 } });
  const value = `VALUE big 0 1000000\r\n${"x".repeat(1_000_000)}\r\nEND\r\n`;
  peer.answer(() => value);
  const slow = await connect();
  void slow.send("get big\r\n".repeat(20));
  for (let i = 0; i < 20; i++) {
    slow.pause();
    await turns(20);
    slow.resume();
    await slow.expect(value);
  }
  await slow.expectInStep();
});

for (const [name, line] of [
  ["an endless line", "get "],
  ["an endless word", "x"],
  ["a key of 1 MB", "set "],
  ["an endless meta command", "mg k "],
] as const) {
  t.test(`${name}: an error, and the connection ends before it costs memory`, async (t) => {
    const { peer, plane, connect } = await setUp(t);
    peer.answer(answer);
    const client = await connect();
    const other = await connect();
    await client.send("get before\r\n");
    await client.expect("END\r\n");
    await client.send(line + "x".repeat(1 << 20));
    await client.expect("CLIENT_ERROR line too long\r\n").catch((error: Error) => {
      // Closing with bytes unread makes the kernel reset, which may overtake the words.
      if (client.ended !== "ECONNRESET") throw error;
    });
    await until(() => client.ended !== null);
    t.equal(plane.clientErrors("line_too_long"), 1);
    t.ok(plane.bufferedBytes < 300_000);
    await other.exchange("get a\r\n", "END\r\n");
  });
}

t.test("a key of 251 bytes is refused by its line alone, and the connection goes on", async (t) => {
  const { peer, connect } = await setUp(t);
  peer.answer(answer);
  const client = await connect();
  await client.send(`get ${"x".repeat(251)}\r\n`);
  await client.expect("CLIENT_ERROR bad command line format\r\n");
  await client.exchange(`get ${"x".repeat(250)}\r\n`, "END\r\n");
});

t.test("requests that come byte by byte are served, and hold up nobody", async (t) => {
  const { peer, connect } = await setUp(t);
  peer.answer(answer);
  const slow = await connect();
  const fast = await connect();
  const request = "set slow 0 0 10\r\n0123456789\r\nget slow\r\n";
  for (const byte of request) {
    await slow.send(byte);
    await fast.exchange("get a\r\n", "END\r\n");
  }
  await slow.expect("STORED\r\nEND\r\n");
});

t.test("half a value and then nothing: after a minute the client is cut off, small or large", async (t) => {
  for (const size of [1_000, 100_000, 1_000_000]) {
    const { clock, peer, plane, connect } = await setUp(t);
    peer.answer(answer);
    const client = await connect();
    const other = await connect();
    await client.send(`set a 0 0 ${size}\r\n${"x".repeat(size / 2)}`);
    await until(() => plane.block("listener", "cache")[LISTENER.readBytes]! > size / 2);
    clock.advance(58_000);
    await other.exchange("get a\r\n", "END\r\n");
    t.equal(client.ended, null);
    clock.advance(3_000);
    await client.expectClose();
    t.match(plane.logs.at(-1), /client cut off .*stopped in the middle of a value/);
    t.equal(plane.clientErrors("idle"), 1);
    t.same(plane.reports, [], "and no server is blamed");
    t.equal(plane.poolErrors("connection_lost"), 0);
    await other.exchange("set a 0 0 1\r\nx\r\n", "STORED\r\n");
    await until(() => plane.bufferedBytes === 0);
    await plane.close();
  }
});

t.test("a value that keeps coming is not cut off, however slowly", async (t) => {
  const { clock, peer, plane, connect } = await setUp(t);
  peer.answer(answer);
  const client = await connect();
  const line = "set a 0 0 200000\r\n";
  await client.send(line);
  await until(() => plane.block("server", "pool/s0")[SERVER.openConnections] === 1);
  for (let part = 1; part <= 4; part++) {
    await client.send("x".repeat(50_000));
    const read = line.length + part * 50_000;
    await until(() => plane.block("listener", "cache")[LISTENER.readBytes] === read);
    clock.advance(50_000);
  }
  await client.exchange("\r\n", "STORED\r\n");
  await client.expectInStep();
});

t.test(
  "a stalled client is cut off after idle_timeout where there is one, and an idle one as well",
  async (t) => {
    const { clock, connect, plane } = await setUp(t, { listener: { idle_timeout: 5_000 } });
    const stalled = await connect();
    const idle = await connect();
    await stalled.send("set a 0 0 1000\r\nhalf");
    await idle.exchange("mn\r\n", "MN\r\n");
    await until(() => plane.bufferedBytes > 0);
    clock.advance(4_000);
    const busy = await connect();
    await busy.exchange("mn\r\n", "MN\r\n");
    clock.advance(2_000);
    await stalled.expectClose();
    await idle.expectClose();
    await busy.exchange("mn\r\n", "MN\r\n");
  },
);

t.test("many clients with half a large value each: others go on, or are told in clear words", async (t) => {
  const { clock, peer, plane, connect } = await setUp(t, { pool: { timeout: 500 } });
  peer.answer(answer);
  const stalled = await Promise.all(Array.from({ length: 40 }, () => connect()));
  for (const client of stalled) await client.send(`set a 0 0 1000000\r\n${"x".repeat(200_000)}`);
  await until(() => plane.block("server", "pool/s0")[SERVER.openConnections] === 16);
  const other = await connect();
  await other.exchange("get a\r\n", "END\r\n");
  await other.exchange(`set a 0 0 100000\r\n${"x".repeat(100_000)}\r\n`, "STORED\r\n");
  // Large values wait for one of the 16 places, for as long as a server may take to answer.
  await other.send(`set a 0 0 200000\r\n${"x".repeat(200_000)}\r\nget a\r\n`);
  await turns();
  t.equal(plane.poolErrors("busy"), 0);
  clock.advance(1_000);
  await other.expect("SERVER_ERROR busy s0: too many requests or bytes are waiting for it\r\nEND\r\n");
  t.equal(plane.poolErrors("busy"), 25, "16 are on their way");
  t.ok(plane.bufferedBytes < 16 << 20, `${plane.bufferedBytes} bytes are held`);
  // Where the last connection for large values is held by one who does nothing with it, he makes room soon …
  clock.advance(3_000);
  await until(() => stalled.some((client) => client.ended !== null));
  await other.exchange(`set a 0 0 200000\r\n${"x".repeat(200_000)}\r\n`, "STORED\r\n");
  // … and the others, who keep nobody waiting, after a minute.
  clock.advance(50_000);
  await other.exchange("get a\r\n", "END\r\n");
  clock.advance(11_000);
  for (const client of stalled) await until(() => client.ended !== null);
  await other.exchange(`set a 0 0 200000\r\n${"x".repeat(200_000)}\r\n`, "STORED\r\n");
  t.same(plane.reports, []);
});

for (const [name, end] of [
  ["hangs up", (client: WireClient) => client.close()],
  ["resets", (client: WireClient) => client.reset()],
  ["closes its side", (client: WireClient) => client.halfClose()],
] as const) {
  t.test(`a client that ${name} in the middle of a value is no failure of the server`, async (t) => {
    const eject = { failures: 1, window: 1e6, backoff: 1_000, max_backoff: 1_000, max_percent: 100 };
    const { peer, plane, connect, openConnections } = await setUp(t, {
      pool: { eject: { ...eject, on_eject: "fail_fast" } },
    });
    for (const size of [1_000, 300_000]) {
      const client = await connect();
      await client.send(`set a 0 0 ${size}\r\n${"x".repeat(size - 100)}`);
      if (size > 100_000) await peer.nextConnection();
      else await until(() => plane.bufferedBytes > 0);
      end(client);
      await until(() => openConnections() === 0);
    }
    t.same(plane.reports, []);
    t.equal(plane.poolErrors("connection_lost"), 0);
    t.equal(plane.poolCount("requestsInFlight"), 0);
    t.equal(plane.plane.load().requests, 0);
    await until(() => peer.open === 0, "the server is not left with half a value");
  });
}

t.test("a server that takes nothing of a large value is given up, and the client is told", async (t) => {
  const { clock, peer, plane, connect } = await setUp(t, { pool: { timeout: 500 } });
  const client = await connect();
  const size = 64 << 20;
  void client.send(`set a 0 0 ${size}\r\n`);
  const server = await peer.nextConnection();
  server.pause();
  void client.send(Buffer.alloc(size + 2, "\r\n"));
  await until(() => plane.bufferedBytes > 256 * 1024);
  await turns(50);
  t.ok(plane.bufferedBytes < 4 << 20, `${plane.bufferedBytes} of ${size} bytes are held`);
  clock.advance(9_000);
  await turns(10);
  t.equal(client.received.length, 0);
  clock.advance(3_000);
  await client.expect("SERVER_ERROR timeout s0: no answer within 500 ms\r\n");
  t.equal(plane.poolErrors("timeout"), 1);
  await client.expectInStep();
});

t.test(
  "a server that answers in the middle of a large value: its words, and the rest is dropped",
  async (t) => {
    const { peer, connect } = await setUp(t);
    const client = await connect();
    await client.send(`set a 0 0 3000000\r\n${"x".repeat(500_000)}`);
    const server = await peer.nextConnection();
    await until(() => server.received.length > 100_000);
    await server.send("SERVER_ERROR object too large for cache\r\n");
    await client.expect("SERVER_ERROR object too large for cache\r\n");
    await client.send(`${"x".repeat(2_500_000)}\r\n`);
    await client.expectInStep();
    const next = client.exchange(`set b 0 0 300000\r\n${"x".repeat(300_000)}\r\n`, "STORED\r\n");
    const fresh = await peer.nextConnection();
    await until(() => peer.requests.at(-1)?.startsWith("set b") === true);
    await fresh.send("STORED\r\n");
    await next;
    await client.expectInStep();
  },
);

t.test(
  "bytes after quit, and bytes of no protocol at all, end in an error or a close and nothing else",
  async (t) => {
    const { peer, plane, connect, openConnections } = await setUp(t);
    peer.answer(answer);
    const other = await connect();
    for (const bytes of [
      "quit\r\nget a\r\n",
      "\0\0\0\0\r\n",
      "\xff\xfe\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "\r\n\r\n",
      "\x16\x03\x01\r\n",
    ]) {
      const client = await connect();
      await client.send(bytes);
      client.halfClose();
      await until(() => client.ended !== null);
      t.match(client.received.toString("latin1"), /^((CLIENT_)?ERROR[^\r]*\r\n)*$/, JSON.stringify(bytes));
    }
    await other.exchange("get a\r\n", "END\r\n");
    t.equal(openConnections(), 1);
    t.same(plane.reports, []);
    t.same(peer.requests, ["get a\r\n"]);
  },
);
