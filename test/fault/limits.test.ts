/** Bounds on connections, requests and bytes: what is beyond them is refused or waits, and nobody else notices. */
import t, { type Test } from "tap";
import { rejectReason } from "../../src/observe/metric-labels.ts";
import { LISTENER, SERVER } from "../../src/observe/metric-layout.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { keysOf, listenerOptions, type PlaneOptions, planeSnapshot, startPlane } from "../support/plane.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { turns, until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

async function setUp(t: Test, options: PlaneOptions = {}, servers = 1) {
  const peers = await Promise.all(Array.from({ length: servers }, () => ScriptedServer.start(t)));
  const addresses = peers.map(({ address }) => address);
  const plane = await startPlane(t, addresses, { ...options, clock: new FakeClock() });
  expectNothingBuffered(t, plane);
  const connect = async (name = "cache"): Promise<WireClient> => {
    const client = await WireClient.connect(plane.plane.addresses()[name]!);
    t.teardown(() => client.close());
    return client;
  };
  return { peer: peers[0]!, peers, addresses, plane, connect };
}

const overloaded = "SERVER_ERROR overloaded pool: too much is under way for its priority\r\n";
const full = "ERROR Too many open connections\r\n";

t.test(
  "connections of a listener: one more is told and closed, and taken again when there is room",
  async (t) => {
    const { plane, connect } = await setUp(t, { limits: { connections: 2 } });
    const [one, two] = [await connect(), await connect()];
    const three = await connect();
    await three.expect(full);
    await three.expectClose();
    for (const client of [one, two]) await client.expectInStep();
    const block = plane.block("listener", "cache");
    t.equal(block[LISTENER.rejectedConnections + rejectReason.limit], 1);
    t.equal(block[LISTENER.openConnections], 2);
    one.close();
    await until(() => block[LISTENER.openConnections] === 1);
    await (await connect()).expectInStep();
  },
);

t.test("connections in all: over all listeners, whatever each of them may have", async (t) => {
  const { addresses, plane, connect } = await setUp(t);
  const snapshot = planeSnapshot(addresses, { total: { connections: 3 } });
  await plane.plane.apply({
    ...snapshot,
    memcache: [listenerOptions({ name: "a" }), listenerOptions({ name: "b" })],
  });
  const clients = [await connect("a"), await connect("a"), await connect("b")];
  for (const name of ["a", "b"]) {
    const refused = await connect(name);
    await refused.expect(full);
    await refused.expectClose();
  }
  for (const client of clients) await client.expectInStep();
});

t.test(
  "requests of a client: it is not read while it has as many in flight as it may, and then goes on",
  async (t) => {
    const { peer, plane, connect } = await setUp(t, { limits: { requests: 3 } });
    const client = await connect();
    const other = await connect();
    await client.send(Array.from({ length: 10 }, (_, i) => `get k${i}\r\n`).join(""));
    const server = await peer.nextConnection();
    await server.expect("get k0\r\nget k1\r\nget k2\r\n");
    await other.send("get other\r\n");
    await server.expect("get other\r\n");
    t.equal(plane.plane.load().requests, 4);
    await server.send("END\r\n");
    await server.expect("get k3\r\n");
    await server.send("END\r\nEND\r\nEND\r\n");
    await client.expect("END\r\nEND\r\nEND\r\n");
    await other.expect("END\r\n");
    await server.expect("get k4\r\nget k5\r\n");
    for (let i = 3; i < 10; i++) await server.send("END\r\n");
    await server.expect("get k6\r\nget k7\r\nget k8\r\nget k9\r\n");
    await client.expect("END\r\n".repeat(7));
    await client.expectInStep();
  },
);

t.test("requests of a client: what it goes on sending stays in the kernel, not here", async (t) => {
  const { peer, plane, connect } = await setUp(t, { limits: { requests: 3 } });
  const client = await connect();
  const request = "get k\r\n".repeat(4_000);
  let accepted = 0;
  for (let i = 0; i < 1_000; i++) void client.send(request).then(() => accepted++);
  const server = await peer.nextConnection();
  await server.expect("get k\r\n".repeat(3));
  await until(() => plane.bufferedBytes > 0);
  await turns(200);
  t.ok(plane.bufferedBytes < 2 << 20, `${plane.bufferedBytes} of 28,000,000 bytes are held`);
  t.ok(accepted < 1_000);
  // That the client is gone shows when it is read again.
  client.reset();
  peer.answer(() => "END\r\n");
  await server.send("END\r\n".repeat(3));
  await until(() => plane.plane.load().connections === 0);
});

t.test("requests of a server: beyond the limit SERVER_ERROR busy, for this server's keys only", async (t) => {
  const { peers, plane, connect } = await setUp(
    t,
    { pool: { limits: { requests: 2, bytes: 1 << 20, large_values: 16 } } },
    2,
  );
  const busy = keysOf(0, 4);
  const [calm] = keysOf(1, 1);
  const client = await connect();
  const other = await connect();
  await client.send(`get ${busy[0]}\r\nget ${busy[1]}\r\n`);
  const server = await peers[0]!.nextConnection();
  await server.expect(`get ${busy[0]}\r\nget ${busy[1]}\r\n`);
  await other.exchange(
    `get ${busy[2]}\r\n`,
    "SERVER_ERROR busy s0: too many requests or bytes are waiting for it\r\n",
  );
  peers[1]!.answer(() => "END\r\n");
  await other.exchange(`get ${calm}\r\n`, "END\r\n");
  peers[1]!.answer(() => `VALUE ${calm} 0 1\r\nx\r\nEND\r\n`);
  await other.exchange(`get ${busy[2]} ${calm}\r\n`, `VALUE ${calm} 0 1\r\nx\r\nEND\r\n`);
  await server.send("END\r\nEND\r\n");
  await client.expect("END\r\nEND\r\n");
  peers[0]!.answer(() => "END\r\n");
  await other.exchange(`get ${busy[3]}\r\n`, "END\r\n");
  t.equal(plane.poolErrors("busy"), 2);
});

t.test(
  "bytes of a server that takes nothing: SERVER_ERROR busy, bounded memory, and on it goes",
  async (t) => {
    const bytes = 1 << 20;
    const { peer, plane, connect } = await setUp(t, {
      pool: { limits: { requests: 100_000, bytes, large_values: 16 } },
    });
    const client = await connect();
    await client.send("get first\r\n");
    const server = await peer.nextConnection();
    await server.expect("get first\r\n");
    server.pause();
    const set = (i: number) => `set k${i} 0 0 100000\r\n${"x".repeat(100_000)}\r\n`;
    const flood = await connect();
    let refusals = 0;
    let sent = 0;
    // A busy server refuses before it is asked, so the answer stands behind those that are owed.
    for (; plane.poolErrors("busy") === 0 && sent < 400; sent++) {
      await flood.send(set(sent));
      await turns(3);
    }
    t.ok(plane.poolErrors("busy") > 0, `busy after ${sent} sets of 100 KB`);
    t.ok(plane.bufferedBytes < 4 * bytes, `${plane.bufferedBytes} bytes are held`);
    server.resume();
    peer.answer(() => null);
    await until(() => plane.block("server", "pool/s0")[SERVER.queuedBytes]! >= 0);
    await server.send(
      `END\r\n${"STORED\r\n".repeat(sent)}`.slice(0, 5 + 8 * (sent - plane.poolErrors("busy"))),
    );
    await client.expect("END\r\n");
    for (let i = 0; i < sent; i++) {
      const line = await flood.readLine();
      if (line.startsWith("SERVER_ERROR busy")) refusals++;
      else t.equal(line, "STORED");
    }
    t.equal(refusals, plane.poolErrors("busy"));
    await flood.expectInStep();
  },
);

t.test("requests in all: overloaded beyond the limit, for everybody, until some are answered", async (t) => {
  const { peer, plane, connect } = await setUp(t, { total: { requests: 3 } });
  const clients = [await connect(), await connect(), await connect()];
  for (const client of clients) await client.send("get k\r\n");
  const server = await peer.nextConnection();
  await server.expect("get k\r\n".repeat(3));
  const late = await connect();
  await late.exchange("get k\r\n", overloaded);
  await server.send("END\r\nEND\r\nEND\r\n");
  for (const client of clients) await client.expect("END\r\n");
  t.equal(plane.plane.load().requests, 0);
  await late.send("get k\r\n");
  await server.expect("get k\r\n");
  await server.send("END\r\n");
  await late.expect("END\r\n");
});

t.test("bytes in all: overloaded while buffers hold more than the limit", async (t) => {
  const { peers, plane, connect } = await setUp(t, { total: { bytes: 300_000 } }, 2);
  const [held] = keysOf(0, 1);
  const [slow] = keysOf(1, 1);
  const client = await connect();
  // The answer of the second waits for that of the first, in memory.
  await client.send(`get ${slow}\r\nget ${held}\r\n`);
  const first = await peers[1]!.nextConnection();
  await first.expect(`get ${slow}\r\n`);
  const second = await peers[0]!.nextConnection();
  await second.expect(`get ${held}\r\n`);
  await second.send(`VALUE ${held} 0 400000\r\n${"x".repeat(400_000)}\r\nEND\r\n`);
  await until(() => plane.bufferedBytes > 300_000);
  const other = await connect();
  await until(async () => {
    await other.send(`get ${slow}\r\n`);
    return (await other.readLine()).startsWith("SERVER_ERROR overloaded");
  });
  await first.send("END\r\n");
  await client.expect(`END\r\nVALUE ${held} 0 400000\r\n${"x".repeat(400_000)}\r\nEND\r\n`);
  await until(() => plane.bufferedBytes < 200_000);
  await other.send(`get ${slow}\r\n`);
  await first.expect(`get ${slow}\r\n`);
  await first.send("END\r\n");
  await other.expect("END\r\n");
});

t.test(
  "the longest value: beyond it an error, the value is dropped, and the stream is in step",
  async (t) => {
    const { peer, plane, connect } = await setUp(t, { limits: { value: 1_000 } });
    peer.answer(() => "STORED\r\n");
    const client = await connect();
    await client.exchange(`set a 0 0 1000\r\n${"x".repeat(1_000)}\r\n`, "STORED\r\n");
    await client.exchange(
      `set a 0 0 1001\r\n${"x".repeat(1_001)}\r\nset a 0 0 1\r\nx\r\n`,
      "SERVER_ERROR object too large for cache\r\nSTORED\r\n",
    );
    await client.send("set a 0 0 2000000000\r\n");
    await client.expect("SERVER_ERROR object too large for cache\r\n");
    await client.send(Buffer.alloc(5_000_000));
    t.ok(plane.bufferedBytes < 1 << 20);
    t.equal(peer.requests.length, 2);
  },
);

t.test(
  "large values count like all else: refused where the bound is reached, and refusals use nothing up",
  async (t) => {
    const { peer, plane, connect } = await setUp(t, { total: { requests: 2 } });
    const first = await connect();
    await first.send("get a\r\n");
    const server = await peer.nextConnection();
    await server.expect("get a\r\n");
    const second = await connect();
    const value = "x".repeat(1_000_000);
    const set = `set big 0 0 1000000\r\n${value}\r\n`;
    plane.plane.update({ pool: "pool", server: "s0", ejected: true });
    for (let i = 0; i < 40; i++) await second.exchange(set, "SERVER_ERROR ejected s0: out of service\r\n");
    plane.plane.update({ pool: "pool", server: "s0", ejected: false });
    const stored = second.exchange(set, "STORED\r\n");
    const other = await peer.nextConnection();
    await other.expect(set);
    const third = await connect();
    await third.exchange(set, overloaded);
    await other.send("STORED\r\n");
    await stored;
    await server.send("END\r\n");
    await first.expect("END\r\n");
    for (const client of [first, second, third]) await client.expectInStep();
  },
);

t.test(
  "answers larger than the client's bound come whole, one after the other, and nothing of them reaches anybody else",
  async (t) => {
    const { peers, plane, connect } = await setUp(t, { limits: { bytes: 1 << 20 } }, 2);
    const [slow] = keysOf(0, 1);
    const [a, b, c] = keysOf(1, 3);
    const block = (key: string | undefined, size: number) =>
      `VALUE ${key} 0 ${size}\r\n${"x".repeat(size)}\r\n`;
    const greedy = await connect();
    await greedy.send(`get ${slow}\r\nget ${a}\r\nget ${slow} ${b} ${c}\r\nget ${c}\r\n`);
    const first = await peers[0]!.nextConnection();
    await first.expect(`get ${slow}\r\nget ${slow}\r\n`);
    const second = await peers[1]!.nextConnection();
    await second.expect(`get ${a}\r\nget ${b} ${c}\r\nget ${c}\r\n`);
    const whole = `${block(a, 1_100_000)}END\r\n`;
    const many = `${block(b, 600_000)}${block(c, 600_000)}END\r\n`;
    await second.send(`${whole}${many}`);
    await second.send(`${block(c, 600_000)}END\r\n`);
    await until(() => plane.bufferedBytes > 600_000);
    t.ok(plane.bufferedBytes < 2 << 20, `${plane.bufferedBytes} bytes are held`);
    // What had no room is asked for once more, each when it is its turn.
    peers[0]!.answer(() => `${block(slow, 5)}END\r\n`);
    peers[1]!.answer((request) => (request === `get ${a}\r\n` ? whole : many));
    await first.send(`END\r\n${block(slow, 5)}END\r\n`);
    await greedy.expect(`END\r\n${whole}${block(slow, 5)}${many}${block(c, 600_000)}END\r\n`);
    peers[0]!.silence();
    peers[1]!.silence();
    const other = await connect();
    await other.send(`get ${slow} ${a}\r\nget ${b}\r\n`);
    await first.expect(`get ${slow}\r\n`);
    await second.expect(`get ${a}\r\nget ${b}\r\n`);
    await first.send("END\r\n");
    await second.send(`${block(a, 1)}END\r\nEND\r\n`);
    await other.expect(`${block(a, 1)}END\r\nEND\r\n`);
    for (const client of [greedy, other]) await client.expectInStep();
    t.equal(plane.poolErrors("busy"), 0);
  },
);
