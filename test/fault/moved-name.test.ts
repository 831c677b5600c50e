/** A server's name that comes to mean another address: new requests go there, those under way are answered. */
import t, { type Test } from "tap";
import type { PoolOptions } from "../../src/upstream/pool-options.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { Plane, planeSnapshot } from "../support/plane.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { Supervision } from "../support/supervised-plane.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

/** Two servers at the same port of two addresses of this machine. */
async function twoHosts(t: Test): Promise<readonly [ScriptedServer, ScriptedServer, number]> {
  for (;;) {
    const one = await ScriptedServer.start(t, { address: { host: "127.0.0.1", port: 0 } });
    const { port } = one.address as { port: number };
    try {
      return [one, await ScriptedServer.start(t, { address: { host: "127.0.0.2", port } }), port];
    } catch {
      // The port is taken there; take another.
    }
  }
}

async function setUp(t: Test, pool: Partial<PoolOptions> = {}) {
  const clock = new FakeClock();
  const [one, two, port] = await twoHosts(t);
  const plane = new Plane(clock);
  t.teardown(() => plane.close());
  expectNothingBuffered(t, plane);
  const names: Record<string, string[]> = { "cache.test": ["127.0.0.1"] };
  const supervision = new Supervision(t, plane, clock, names);
  const snapshot = planeSnapshot([{ host: "cache.test", port }], { pool });
  await supervision.apply(snapshot);
  await until(() => supervision.state("s0").resolved === `127.0.0.1:${port}`);
  const connect = async (): Promise<WireClient> => {
    const client = await WireClient.connect(plane.address);
    t.teardown(() => client.close());
    return client;
  };
  const move = async (): Promise<void> => {
    names["cache.test"] = ["127.0.0.2"];
    clock.advance(30_000);
    await until(() => supervision.state("s0").resolved === `127.0.0.2:${port}`);
  };
  return { clock, one, two, plane, supervision, names, connect, move };
}

t.test("what is in flight is answered by the old address, what comes next goes to the new one", async (t) => {
  const { one, two, connect, move } = await setUp(t, { timeout: 0 });
  const client = await connect();
  await client.send("get a\r\n");
  const before = await one.nextConnection();
  await before.expect("get a\r\n");
  await move();
  await client.send("get b\r\n");
  const after = await two.nextConnection();
  await after.expect("get b\r\n");
  await after.send("VALUE b 0 3\r\nnew\r\nEND\r\n");
  await before.send("VALUE a 0 3\r\nold\r\nEND\r\n");
  await client.expect("VALUE a 0 3\r\nold\r\nEND\r\nVALUE b 0 3\r\nnew\r\nEND\r\n");
  t.equal(one.accepted + two.accepted, 2);
});

t.test("an idle connection to the old address is closed at once, a busy one when it is idle", async (t) => {
  const { clock, one, connect, move } = await setUp(t, { timeout: 200 });
  const client = await connect();
  await client.send("get a\r\n");
  const before = await one.nextConnection();
  await before.expect("get a\r\n");
  await before.send("END\r\n");
  await client.expect("END\r\n");
  await move();
  await before.expectClose();
  clock.advance(1_000);
  t.equal(one.open, 0);
});

t.test("an old address that stays silent is given up in time", async (t) => {
  const { clock, one, two, plane, connect } = await setUp(t, { timeout: 60_000 });
  const client = await connect();
  await client.send("get a\r\n");
  const before = await one.nextConnection();
  await before.expect("get a\r\n");
  const { port } = one.address as { port: number };
  plane.plane.update({ pool: "pool", server: "s0", ejected: false, resolved: { host: "127.0.0.2", port } });
  clock.advance(60_200);
  await client.expect("SERVER_ERROR timeout s0: no answer within 60000 ms\r\n");
  clock.advance(60_200);
  await before.expectClose();
  await client.send("get b\r\n");
  const after = await two.nextConnection();
  await after.expect("get b\r\n");
});

t.test("connections for large values move, too", async (t) => {
  const { one, two, connect, move } = await setUp(t);
  const set = `set big 0 0 200000\r\n${"x".repeat(200_000)}\r\n`;
  one.answer(() => "STORED\r\n");
  two.answer(() => "STORED\r\n");
  const client = await connect();
  await client.exchange(set, "STORED\r\n");
  t.equal(one.accepted, 1);
  await move();
  await client.exchange(set, "STORED\r\n");
  t.equal(two.accepted, 1);
  await until(() => one.open === 0);
});

t.test("a large value on its way while the name moves ends where it began", async (t) => {
  const { one, two, connect, move } = await setUp(t);
  const client = await connect();
  await client.send(`set big 0 0 200000\r\n${"x".repeat(100_000)}`);
  const before = await one.nextConnection();
  await until(() => before.received.length > 100_000);
  await move();
  await client.send(`${"x".repeat(100_000)}\r\n`);
  await until(() => one.requests.length === 1);
  await before.send("STORED\r\n");
  await client.expect("STORED\r\n");
  await until(() => one.open === 0);
  t.equal(two.accepted, 0);
});

t.test("a name that stops resolving keeps its last address", async (t) => {
  const { clock, one, supervision, names, connect } = await setUp(t);
  one.answer(() => "END\r\n");
  const client = await connect();
  await client.exchange("get a\r\n", "END\r\n");
  names["cache.test"] = [];
  clock.advance(30_000);
  await until(() => supervision.supervisor.names()[0]?.reason === "it has no address");
  await client.exchange("get a\r\n", "END\r\n");
  t.equal(one.accepted, 1);
});
