/** Large values go over connections of their own, of which there are so many: one more waits its turn. */
import t, { type Test } from "tap";
import { SERVER } from "../../src/observe/metric-layout.ts";
import { ownVersion } from "../../src/proxy/memcache/own-version.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { type PlaneOptions, startPlane } from "../support/plane.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { turns, until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

const limits = { requests: 1_000, bytes: 1 << 26, large_values: 2 };
const length = 200_000;
const value = `set big 0 0 ${length}\r\n${"x".repeat(length)}\r\n`;
const half = value.slice(0, length / 2);
const busy = "SERVER_ERROR busy s0: too many requests or bytes are waiting for it\r\n";

async function setUp(t: Test, { pool, ...options }: PlaneOptions = {}) {
  const clock = new FakeClock();
  const peer = await ScriptedServer.start(t);
  peer.answer((request) => (request.startsWith("get") ? "END\r\n" : "STORED\r\n"));
  const plane = await startPlane(t, [peer.address], { pool: { limits, ...pool }, ...options, clock });
  expectNothingBuffered(t, plane);
  const connect = async (): Promise<WireClient> => {
    const client = await WireClient.connect(plane.address);
    t.teardown(() => client.close());
    return client;
  };
  const lent = () => plane.block("server", "pool/s0")[SERVER.openConnections]!;
  /** Two clients in the middle of a large value: there is no place for another. */
  const fill = async () => {
    const clients = [await connect(), await connect()];
    for (const client of clients) await client.send(half);
    await until(() => lent() === 2);
    return clients;
  };
  return { clock, peer, plane, connect, fill };
}

t.test("one large value more waits until another is through, and the client's order stays", async (t) => {
  const { peer, plane, connect, fill } = await setUp(t);
  const [first] = await fill();
  const waiting = await connect();
  await waiting.send(`get before\r\n${value}get after\r\n`);
  await waiting.expect("END\r\n");
  await turns();
  t.notOk(peer.requests.some((request) => request.startsWith("set")));
  await first!.send(value.slice(half.length));
  await first!.expect("STORED\r\n");
  await waiting.expect("STORED\r\nEND\r\n");
  t.equal(plane.poolErrors("busy"), 0);
});

t.test("who comes first is served first", async (t) => {
  const { peer, connect, fill } = await setUp(t);
  const [first] = await fill();
  const clients = [await connect(), await connect(), await connect()];
  for (const [i, client] of clients.entries()) {
    await client.exchange("mn\r\n", "MN\r\n");
    await client.send(value.replace("big", `w${i}`));
    await turns();
  }
  await first!.send(value.slice(half.length));
  for (const client of clients) await client.expect("STORED\r\n");
  const order = peer.requests.map((request) => /^set (w\d)/.exec(request)?.[1]).filter(Boolean);
  t.same(order, ["w0", "w1", "w2"]);
});

t.test("who has waited for the pool's timeout is told that it is busy, and goes on", async (t) => {
  const { clock, plane, connect, fill } = await setUp(t, { pool: { limits, timeout: 1_000 } });
  await fill();
  const waiting = await connect();
  await waiting.send(`${value}get a\r\n`);
  await waiting.send("");
  await turns();
  clock.advance(900);
  await turns();
  t.equal(waiting.received.length, 0);
  clock.advance(200);
  await waiting.expect(`${busy}END\r\n`);
  t.equal(plane.poolErrors("busy"), 1);
  t.notOk(
    plane.reports.some(({ state }) => state === "failing"),
    "no server is blamed",
  );
});

t.test("who leaves while it waits takes no place", async (t) => {
  const { peer, connect, fill } = await setUp(t);
  const [first] = await fill();
  const gone = await connect();
  await gone.exchange("mn\r\n", "MN\r\n");
  await gone.send(value);
  await turns();
  gone.reset();
  const waiting = await connect();
  await waiting.exchange("mn\r\n", "MN\r\n");
  await waiting.send(value.replace("big", "w"));
  await turns();
  await first!.send(value.slice(half.length));
  await waiting.expect("STORED\r\n");
  await waiting.expectInStep();
  t.ok(peer.requests.some((request) => request.startsWith("set w")));
});

t.test("a client that hangs up in the middle makes room for who waits", async (t) => {
  const { connect, fill } = await setUp(t);
  const [first] = await fill();
  const waiting = await connect();
  await waiting.send(value);
  await turns();
  first!.close();
  await waiting.expect("STORED\r\n");
});

t.test(
  "those that wait for a server that is ejected meanwhile are refused, each with its own value",
  async (t) => {
    const { plane, connect, fill } = await setUp(t);
    const [first] = await fill();
    // Each value would be commands, were it taken for shorter than it is.
    const lengths = [300_000, 200_000, 400_000, 150_000];
    const clients = await Promise.all(lengths.map(connect));
    for (const [i, client] of clients.entries()) {
      await client.exchange("mn\r\n", "MN\r\n");
      const commands = "mn\r\n".repeat(lengths[i]! / 4);
      await client.send(`set w${i} 0 0 ${lengths[i]}\r\n${commands}\r\nget a\r\nversion\r\n`);
      await turns();
    }
    plane.plane.update({ pool: "pool", server: "s0", ejected: true });
    await first!.send(value.slice(half.length));
    const refused = "SERVER_ERROR ejected s0: out of service\r\n";
    for (const client of clients) await client.expect(`${refused}${refused}VERSION ${ownVersion}\r\n`);
    for (const client of clients) await client.expectInStep();
  },
);
