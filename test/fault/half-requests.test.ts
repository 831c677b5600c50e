/** Requests of which the rest does not come: they end, and what they hold keeps nobody else out. */

import t, { type Test } from "tap";
import { bufferedBytes } from "../../src/core/buffer-pool.ts";
import { RequestParser } from "../../src/memcache/request-parser.ts";
import { LISTENER } from "../../src/observe/metric-layout.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { type PlaneOptions, startPlane } from "../support/plane.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

async function setUp(t: Test, options: PlaneOptions = {}) {
  const clock = new FakeClock();
  const peer = await ScriptedServer.start(t);
  peer.answer((request) => (request.startsWith("get") ? "END\r\n" : "VERSION 1.6.18\r\n"));
  const plane = await startPlane(t, [peer.address], { ...options, clock });
  expectNothingBuffered(t, plane);
  const connect = async (): Promise<WireClient> => {
    const client = await WireClient.connect(plane.address);
    t.teardown(() => client.close());
    return client;
  };
  const block = plane.block("listener", "cache");
  const read = (bytes: number) => until(() => block[LISTENER.readBytes]! >= bytes);
  return { clock, plane, connect, block, read };
}

/** The beginning of a get of very many keys. */
const halfLine = (length: number) => `get ${"k ".repeat(length / 2)}`.slice(0, length);

for (const [name, half] of [
  ["a line", "get fo"],
  ["a long line", halfLine(100_000)],
] as const) {
  t.test(`half of ${name} and then nothing: after a minute the client is cut off`, async (t) => {
    const { clock, plane, connect, read } = await setUp(t);
    const client = await connect();
    const idle = await connect();
    await client.send(half);
    await read(half.length);
    clock.advance(58_000);
    await idle.exchange("get a\r\n", "END\r\n");
    t.equal(client.ended, null);
    clock.advance(3_000);
    await client.expectClose();
    t.match(plane.logs.at(-1), /client cut off .*in the middle of a line|line that does not end/);
    t.equal(plane.clientErrors("idle"), 1);
    clock.advance(120_000);
    await idle.exchange("get a\r\n", "END\r\n");
  });
}

t.test("a line that comes byte by byte has a minute, however it comes", async (t) => {
  const { clock, plane, connect, block } = await setUp(t);
  const client = await connect();
  await client.exchange("get a\r\n", "END\r\n");
  let sent = block[LISTENER.readBytes]!;
  for (let second = 0; client.ended === null && second < 100; second += 10) {
    await client.send("x");
    sent++;
    await until(() => block[LISTENER.readBytes] === sent || client.ended !== null);
    clock.advance(10_000);
    // The close, if there is one, is with the client before the next byte.
    if (plane.clientErrors("idle") > 0) await client.waitForEnd();
  }
  t.equal(sent - "get a\r\n".length, 6, "cut off after a minute, at the sixth byte");
  t.match(plane.logs.at(-1), /a line that does not end/);
});

t.test("idle_timeout ends half a line, too", async (t) => {
  const { clock, connect, read } = await setUp(t, { listener: { idle_timeout: 5_000 } });
  const client = await connect();
  await client.send("get fo");
  await read(6);
  clock.advance(4_000);
  t.equal(client.ended, null);
  clock.advance(2_000);
  await client.expectClose();
});

t.test("a client that is not read does not use its minute up", async (t) => {
  const { clock, plane, connect, read } = await setUp(t);
  const client = await connect();
  await client.exchange("get a\r\n", "END\r\n");
  const before = plane.block("listener", "cache")[LISTENER.readBytes]!;
  await client.send("get fo");
  await read(before + 6);
  plane.plane.pause();
  clock.advance(100_000);
  plane.plane.resume();
  clock.advance(30_000);
  await client.exchange("o\r\n", "END\r\n");
});

t.test("half lines that fill the memory end, the earliest first, and all others are served", async (t) => {
  const bytes = 4 << 20;
  const { clock, plane, connect, block, read } = await setUp(t, { total: { bytes } });
  const line = halfLine(1_000_000);
  const other = await connect();
  const halves: WireClient[] = [];
  let sent = 0;
  for (let i = 0; i < 12; i++) {
    const client = await connect();
    await client.send(line);
    sent += line.length;
    await read(sent);
    clock.advance(10);
    await other.exchange("get a\r\n", "END\r\n");
    sent += "get a\r\n".length;
    halves.push(client);
    t.ok(
      plane.bufferedBytes <= 0.75 * bytes,
      `${plane.bufferedBytes} bytes are held with ${i + 1} half lines`,
    );
  }
  await until(() => block[LISTENER.openConnections]! <= 3);
  for (const client of halves.slice(0, 10)) await client.waitForEnd();
  const last = halves.at(-1)!;
  t.equal(last.ended, null, "who came last is still there");
  await last.exchange("\r\n", "END\r\n");
  t.ok(plane.clientErrors("idle") >= 10);
  t.match(plane.logs.at(-1), /others need the memory/);
});

t.test("half values that hold room for all of them end as well, and nobody else", async (t) => {
  const bytes = 1 << 20;
  const { plane, connect, read } = await setUp(t, { total: { bytes } });
  const other = await connect();
  // Each has room for its whole value reserved: 128 KiB.
  const half = "set a 0 0 130000\r\nx";
  const halves: WireClient[] = [];
  for (let i = 1; i <= 20; i++) {
    const client = await connect();
    await client.send(half);
    await read(i * half.length);
    halves.push(client);
  }
  await other.exchange("get a\r\n", "END\r\n");
  for (const client of halves.slice(0, 15)) await client.waitForEnd();
  t.equal(halves.at(-1)!.ended, null);
  t.ok(plane.bufferedBytes <= 0.75 * bytes);
});

t.test("the bytes held for clients are counted while no server is asked for anything", async (t) => {
  const { clock, connect, block, read } = await setUp(t);
  const clients = await Promise.all(Array.from({ length: 10 }, () => connect()));
  for (const client of clients) await client.send(halfLine(1_000));
  await read(10_000);
  clock.advance(1_000);
  t.equal(block[LISTENER.bufferedBytes], bufferedBytes());
  t.ok(bufferedBytes() >= 10_000);
  await clients[0]!.send(halfLine(50_000));
  await read(60_000);
  clock.advance(1_000);
  t.equal(block[LISTENER.bufferedBytes], bufferedBytes());
  t.ok(bufferedBytes() >= 60_000);
  for (const client of clients) client.close();
  await until(() => block[LISTENER.openConnections] === 0);
  clock.advance(1_000);
  t.equal(block[LISTENER.bufferedBytes], 0);
});

t.test("a line that comes in many pieces is not read from its start at each of them", async (t) => {
  const { connect, read } = await setUp(t);
  const parse = RequestParser.prototype.parse;
  let looked = 0;
  RequestParser.prototype.parse = function (bytes, start, end) {
    looked += end - start;
    return parse.call(this, bytes, start, end);
  };
  t.teardown(() => {
    RequestParser.prototype.parse = parse;
  });
  const client = await connect();
  const length = 1_000_000;
  const piece = 2_000;
  const line = halfLine(length);
  for (let sent = 0; sent < length; sent += piece) {
    await client.send(line.slice(sent, sent + piece));
    await read(sent + piece);
  }
  t.ok(looked > 0 && looked < 4 * length, `${looked} bytes were looked at for ${length}`);
});
