/** memcached's ASCII authentication, towards the servers and towards the app. */
import t, { type Test } from "tap";
import { FakeClock } from "../support/fake-clock.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { type PlaneOptions, startPlane } from "../support/plane.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

const hello = "set auth 0 0 11\r\nuser secret\r\n";

async function setUp(t: Test, options: PlaneOptions) {
  const clock = new FakeClock();
  const peer = await ScriptedServer.start(t);
  const plane = await startPlane(t, [peer.address], { ...options, clock });
  expectNothingBuffered(t, plane);
  const client = await WireClient.connect(plane.address);
  t.teardown(() => client.close());
  return { clock, peer, plane, client };
}

const upstream = {
  pool: { timeout: 500, connect_timeout: 100, auth: { username: "user", password: "secret" } },
};

t.test("servers: nothing is sent before the server has accepted", async (t) => {
  const { peer, client } = await setUp(t, upstream);
  await client.send("get a\r\n");
  const server = await peer.nextConnection();
  await server.expect(hello);
  await client.send("get b\r\n");
  await server.sendSplit("STORED\r\n");
  await server.expect("get a\r\nget b\r\n");
  await server.send("END\r\nVALUE b 0 1\r\nx\r\nEND\r\n");
  await client.expect("END\r\nVALUE b 0 1\r\nx\r\nEND\r\n");
  await client.expectInStep();
});

t.test("servers: one that refuses fails the requests, in its own words", async (t) => {
  const { clock, peer, client } = await setUp(t, upstream);
  await client.send("get a\r\n");
  const server = await peer.nextConnection();
  await server.expect(hello);
  await server.send("CLIENT_ERROR authentication failure\r\n");
  await client.expect(
    "SERVER_ERROR connect s0: authentication refused: CLIENT_ERROR authentication failure\r\n",
  );
  await server.expectClose();
  clock.advance(50);
  await client.send("get a\r\n");
  const again = await peer.nextConnection();
  await again.expect(hello);
  await again.send("STORED\r\n");
  await again.expect("get a\r\n");
  await again.send("END\r\n");
  await client.expect("END\r\n");
});

t.test("servers: one that never answers is given up after the time to connect", async (t) => {
  const { clock, peer, client } = await setUp(t, upstream);
  await client.send("get a\r\n");
  const server = await peer.nextConnection();
  await server.expect(hello);
  clock.advance(200);
  await client.expect("SERVER_ERROR connect s0: no connection within 100 ms\r\n");
  await server.expectClose();
});

t.test("servers: one that answers without end is given up, too", async (t) => {
  const { peer, client } = await setUp(t, upstream);
  await client.send("get a\r\n");
  const server = await peer.nextConnection();
  await server.expect(hello);
  await server.send("S".repeat(20_000));
  await client.expect("SERVER_ERROR connect s0: an answer to authentication that does not end\r\n");
  await server.expectClose();
});

const users = [
  { username: "one", password: "first" },
  { username: "two", password: "second" },
];

t.test("the app: no command is served before a known pair was given", async (t) => {
  const { peer, client } = await setUp(t, { listener: { auth: users } });
  peer.answer((request) => (request.startsWith("set") ? "STORED\r\n" : "END\r\n"));
  for (const command of ["get a\r\n", "version\r\n", "mn\r\n", "stats\r\n", "flush_all\r\n", "mg a v\r\n"]) {
    await client.exchange(command, "CLIENT_ERROR unauthenticated\r\n");
  }
  await client.exchange("set a 0 0 9\r\none wrong\r\n", "CLIENT_ERROR authentication failure\r\n");
  await client.exchange("set a 0 0 10\r\none second\r\n", "CLIENT_ERROR authentication failure\r\n");
  await client.exchange("get a\r\n", "CLIENT_ERROR unauthenticated\r\n");
  t.same(peer.requests, []);
  await client.exchange("set a 0 0 10\r\ntwo second\r\n", "STORED\r\n");
  await client.exchange("get a\r\n", "END\r\n");
  await client.exchange("set a 0 0 9\r\none first\r\n", "STORED\r\n");
  t.same(peer.requests, ["get a\r\n", "set a 0 0 9\r\none first\r\n"], "the second set is an ordinary one");
});

t.test(
  "the app: the credentials may come byte by byte, and with the first requests behind them",
  async (t) => {
    const { peer, client, plane } = await setUp(t, { listener: { auth: users } });
    peer.answer(() => "END\r\n");
    await client.sendSplit("set a 0 0 9\r\none first\r\nget b\r\n");
    await client.expect("STORED\r\nEND\r\n");
    const other = await WireClient.connect(plane.address);
    t.teardown(() => other.close());
    await other.exchange("set a 0 0 9\r\none first\r\nget b\r\n", "STORED\r\nEND\r\n");
  },
);

t.test("the app: a large value before authentication reaches no server and holds no memory", async (t) => {
  const { peer, client, plane } = await setUp(t, { listener: { auth: users } });
  const size = 4_000_000;
  await client.send(`set a 0 0 ${size}\r\n`);
  await client.send(Buffer.alloc(size));
  t.ok(plane.bufferedBytes < 1 << 20, `${plane.bufferedBytes} bytes are held`);
  await client.exchange("\r\nmn\r\n", "CLIENT_ERROR unauthenticated\r\nCLIENT_ERROR unauthenticated\r\n");
  t.equal(peer.accepted, 0);
  t.equal(plane.poolErrors("busy"), 0, "and is no failure of the pool");
  await until(() => plane.bufferedBytes === 0);
});
