/** Pause, resume and drain: what a client has sent is answered, and only then the connection ends. */
import t, { type Test } from "tap";
import { LISTENER } from "../../src/observe/metric-layout.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { type PlaneOptions, planeSnapshot, startPlane } from "../support/plane.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { turns, until } from "../support/until.ts";
import { serveKeysAsValues, VerifiedTraffic } from "../support/verified-traffic.ts";
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
  return { clock, peer, plane, connect };
}

t.test("pause holds new requests and answers those under way; resume loses none", async (t) => {
  const { peer, plane, connect } = await setUp(t);
  const client = await connect();
  await client.send("get a\r\n");
  const server = await peer.nextConnection();
  await server.expect("get a\r\n");
  plane.plane.pause();
  await server.send("END\r\n");
  await client.expect("END\r\n");
  await client.send("get b\r\nget c\r\n");
  const late = await connect();
  await late.send("get d\r\n");
  await turns(50);
  t.equal(server.received.length, 0, "nothing goes to the server");
  plane.plane.resume();
  await until(() => server.received.length === "get b\r\n".length * 3);
  t.same(peer.requests.slice(1).sort(), ["get b\r\n", "get c\r\n", "get d\r\n"]);
  for (let i = 0; i < 3; i++) await server.send("END\r\n");
  await client.expect("END\r\nEND\r\n");
  await late.expect("END\r\n");
});

t.test("pause and resume under traffic: no request is lost, and none is answered wrongly", async (t) => {
  const { peer, plane } = await setUp(t);
  serveKeysAsValues(peer);
  const traffic = await VerifiedTraffic.start(t, plane.address, 8);
  for (let round = 0; round < 10; round++) {
    await traffic.moreRounds(3);
    plane.plane.pause();
    await until(() => plane.plane.load().requests === 0);
    const before = peer.requests.length;
    await turns(20);
    t.equal(peer.requests.length, before);
    plane.plane.resume();
  }
  await traffic.moreRounds();
  t.same(traffic.failures, []);
  t.equal(traffic.connected, 8);
});

t.test("what is sent while paused stays in the kernel, however many send", async (t) => {
  const { peer, plane, connect } = await setUp(t);
  peer.answer(() => "STORED\r\n");
  const clients = await Promise.all(Array.from({ length: 50 }, () => connect()));
  for (const client of clients) await client.expectInStep();
  plane.plane.pause();
  const late = await connect();
  for (const client of [...clients, late])
    void client.send(`set a 0 0 10000\r\n${"x".repeat(10_000)}\r\n`.repeat(50));
  await turns(200);
  t.equal(plane.bufferedBytes, 0);
  plane.plane.resume();
  for (const client of [...clients, late]) await client.expect("STORED\r\n".repeat(50));
});

t.test("drain: idle clients go at once, others when they are answered, and nobody new comes", async (t) => {
  const { peer, plane, connect } = await setUp(t);
  const idle = await connect();
  await idle.expectInStep();
  const busy = await connect();
  await busy.send("get a\r\nget b\r\n");
  const server = await peer.nextConnection();
  await server.expect("get a\r\nget b\r\n");
  const { address } = plane;
  let drained = false;
  const draining = plane.plane.drain().then(() => {
    drained = true;
  });
  await idle.expectClose();
  await until(async () =>
    WireClient.connect(address).then(
      (client) => client.close() ?? false,
      () => true,
    ),
  );
  t.notOk(drained);
  await server.send("END\r\n");
  await busy.expect("END\r\n");
  t.notOk(drained);
  await server.send("VALUE b 0 1\r\nx\r\nEND\r\n");
  await busy.expect("VALUE b 0 1\r\nx\r\nEND\r\n");
  await busy.expectClose();
  await draining;
});

t.test("drain: requests that had been sent are answered, though they had not been read", async (t) => {
  const { peer, plane, connect } = await setUp(t);
  peer.answer((request) => `VALUE ${request.trim().split(" ")[1]} 0 1\r\nx\r\nEND\r\n`);
  const clients = await Promise.all(Array.from({ length: 20 }, () => connect()));
  for (const client of clients) await client.expectInStep();
  // In one go: the requests are with the kernel, and the plane has not seen them.
  const sent = clients.map((client, i) => client.send(`get k${i}\r\n`));
  const draining = plane.plane.drain();
  await Promise.all(sent);
  for (const [i, client] of clients.entries()) {
    await client.expect(`VALUE k${i} 0 1\r\nx\r\nEND\r\n`);
    await client.expectClose();
  }
  await draining;
});

t.test("drain: a value that is on its way is taken to its end, small or large", async (t) => {
  for (const size of [1_000, 1_000_000]) {
    const { peer, plane, connect } = await setUp(t);
    peer.answer(() => "STORED\r\n");
    const client = await connect();
    const half = "x".repeat(size / 2);
    await client.send(`set a 0 0 ${size}\r\n${half}`);
    await until(() => plane.block("listener", "cache")[LISTENER.readBytes]! > size / 2);
    const draining = plane.plane.drain();
    await turns(50);
    t.equal(client.ended, null);
    await client.send(`${half}\r\n`);
    await client.expect("STORED\r\n");
    await client.expectClose();
    await draining;
    t.same(peer.requests, [`set a 0 0 ${size}\r\n${half}${half}\r\n`]);
  }
});

t.test("drain: one that stops in the middle of a value is cut off in the end", async (t) => {
  const { clock, plane, connect } = await setUp(t);
  const client = await connect();
  await client.send("set a 0 0 1000\r\nhalf");
  await until(() => plane.bufferedBytes > 0);
  const draining = plane.plane.drain();
  clock.advance(62_000);
  await client.expectClose();
  await draining;
});

t.test("drain: what was held by a pause is answered first", async (t) => {
  const { peer, plane, connect } = await setUp(t);
  peer.answer(() => "END\r\n");
  const client = await connect();
  const idle = await connect();
  await idle.expectInStep();
  plane.plane.pause();
  await client.send("get a\r\n");
  await turns(20);
  const draining = plane.plane.drain();
  await client.expect("END\r\n");
  await client.expectClose();
  await idle.expectClose();
  await draining;
});

t.test("drain under traffic: each client has every answer it was owed before it is closed", async (t) => {
  const { peer, plane } = await setUp(t);
  serveKeysAsValues(peer);
  const traffic = await VerifiedTraffic.start(t, plane.address, 8);
  await traffic.moreRounds();
  const draining = plane.plane.drain();
  await draining;
  await until(() => traffic.connected === 0);
  // A round may have been sent after the close; none may have been answered in part.
  for (const failure of traffic.failures) t.match(failure, /0 of 4 answered: .*ended the stream/);
  t.equal(peer.requests.length > 0, true);
});

t.test(
  "a listener that a reload removes lets its clients finish, even those whose turn comes later",
  async (t) => {
    const { clock, peer, plane, connect } = await setUp(t, { limits: { requests: 1 } });
    const client = await connect();
    await client.send("get a\r\nget b\r\nget c\r\n");
    const server = await peer.nextConnection();
    await server.expect("get a\r\n");
    const other = await ScriptedServer.start(t);
    await plane.plane.apply(planeSnapshot([other.address], { listener: { name: "other" } }));
    await turns(10);
    peer.answer(() => "END\r\n");
    await server.send("END\r\n");
    await client.expect("END\r\nEND\r\nEND\r\n");
    await client.expectClose();
    t.same(peer.requests, ["get a\r\n", "get b\r\n", "get c\r\n"]);
    t.equal(other.accepted, 0);
    clock.advance(1_000);
    await until(() => peer.open === 0, "the removed server is let go");
  },
);
