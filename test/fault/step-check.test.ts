/** A connection is asked now and then for what only podmate asks for: if that comes in another place, it is out of step. */
import t, { type Test } from "tap";
import { SERVER } from "../../src/observe/metric-layout.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { startPlane } from "../support/plane.ts";
import { type ScriptedConnection, ScriptedServer } from "../support/scripted-server.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

const often = 10_000;
const question = "version\r\n";

async function setUp(t: Test) {
  const clock = new FakeClock();
  const peer = await ScriptedServer.start(t, { deadline: 10_000 });
  const plane = await startPlane(t, [peer.address], { clock, pool: { timeout: 60_000 } });
  expectNothingBuffered(t, plane);
  const client = await WireClient.connect(plane.address);
  t.teardown(() => client.close());
  const count = (name: "connects" | "outOfStep" | "stepChecks" | "requestsInFlight") =>
    plane.block("server", "pool/s0")[SERVER[name]];
  const set = async (connection: ScriptedConnection | null, key = "a"): Promise<ScriptedConnection> => {
    const request = `set ${key} 0 0 1\r\nx\r\n`;
    await client.send(request);
    const server = connection ?? (await peer.nextConnection());
    await server.expect(request);
    return server;
  };
  const stored = async (server: ScriptedConnection): Promise<void> => {
    await server.send("STORED\r\n");
    await client.expect("STORED\r\n");
  };
  /** The next check is due, and is asked when a request has been answered. */
  const due = async (server: ScriptedConnection): Promise<void> => {
    clock.advance(often);
    await set(server);
    await stored(server);
    clock.advance(200);
    await server.expect(question);
  };
  const checked = async (server: ScriptedConnection): Promise<void> => {
    await due(server);
    await server.send("VERSION 1.4.39\r\n");
    await until(() => count("requestsInFlight") === 0);
  };
  return { clock, peer, plane, client, count, set, stored, due, checked };
}

t.test(
  "a connection that has carried requests is asked every ten seconds, one that has not is left alone",
  async (t) => {
    const { clock, client, count, set, stored, checked } = await setUp(t);
    const server = await set(null);
    await stored(server);
    clock.advance(often - 1_000);
    await set(server);
    await stored(server);
    clock.advance(500);
    t.equal(count("stepChecks"), 0);
    await checked(server);
    await client.expectInStep();
    clock.advance(20 * often);
    t.equal(count("stepChecks"), 1, "nothing has happened since");
    await set(server);
    await stored(server);
    clock.advance(200);
    await server.expect(question);
    // Requests go on behind it.
    await set(server);
    await server.send("VERSION 1.4.39\r\nSTORED\r\n");
    await client.expect("STORED\r\n");
    t.equal(count("stepChecks"), 2);
    t.equal(count("connects"), 1);
    t.equal(count("outOfStep"), 0);
  },
);

t.test("once it is known that the server answers, it is asked with requests under way", async (t) => {
  const { clock, count, set, stored, client } = await setUp(t);
  const server = await set(null);
  clock.advance(2 * often);
  t.equal(count("stepChecks"), 0, "not yet");
  await stored(server);
  clock.advance(200);
  await server.expect(question);
  await server.send("VERSION 1.6\r\n");
  await until(() => count("requestsInFlight") === 0);
  await set(server);
  clock.advance(often + 500);
  await server.expect(question);
  await server.send("STORED\r\nVERSION 1.6\r\n");
  await client.expect("STORED\r\n");
  await client.expectInStep();
});

for (const [unusual, answer] of [
  ["an error line", "SERVER_ERROR out of memory\r\n"],
  ["a refusal", "CLIENT_ERROR bad data chunk\r\n"],
] as const) {
  t.test(`${unusual} has it asked at once`, async (t) => {
    const { clock, client, set, count } = await setUp(t);
    const server = await set(null);
    await server.send(answer);
    await client.expect(answer);
    clock.advance(500);
    await server.expect(question);
    await server.send("VERSION 1\r\n");
    await client.expectInStep();
    clock.advance(often - 1_000);
    t.equal(count("stepChecks"), 1);
  });
}

t.test(
  "an answer too many stands in the place of the version: the connection ends, and is counted",
  async (t) => {
    const { client, peer, set, stored, due, count, plane } = await setUp(t);
    const server = await set(null);
    await stored(server);
    await due(server);
    await client.send("get b\r\n");
    await server.expect("get b\r\n");
    await server.send("STORED\r\nVERSION 1\r\nEND\r\n");
    t.match(await client.readLine(), /^SERVER_ERROR protocol s0: /);
    await server.expectClose();
    t.equal(count("outOfStep"), 1);
    t.match(plane.logs.join("\n"), /server connection lost.*"kind":"protocol"/);
    await client.send("get b\r\n");
    const fresh = await peer.nextConnection();
    await fresh.expect("get b\r\n");
    await fresh.send("END\r\n");
    await client.expect("END\r\n");
    await client.expectInStep();
  },
);

t.test(
  "an answer too few: the version stands in the place of somebody's answer, who does not get it",
  async (t) => {
    const { clock, client, set, stored, checked, count } = await setUp(t);
    const server = await set(null);
    await stored(server);
    await checked(server);
    await set(server);
    clock.advance(often + 500);
    await server.expect(question);
    await server.send("VERSION 1\r\n");
    t.match(await client.readLine(), /^SERVER_ERROR protocol s0: /);
    await server.expectClose();
    t.equal(count("outOfStep"), 1);
    await client.expectInStep();
  },
);

t.test("a server that answers version with an error is asked no more", async (t) => {
  const { clock, client, set, stored, due, count, plane } = await setUp(t);
  const server = await set(null);
  await stored(server);
  await due(server);
  await server.send("ERROR\r\n");
  await until(() => count("requestsInFlight") === 0);
  for (let i = 0; i < 3; i++) {
    await set(server);
    await stored(server);
    clock.advance(2 * often);
  }
  t.equal(count("stepChecks"), 1);
  t.equal(count("connects"), 1);
  t.match(plane.logs.join("\n"), /info server does not answer version/);
  await client.expectInStep();
});

t.test("nor is one that hangs up on it, and that is no failure of the server", async (t) => {
  const { clock, client, set, stored, due, count, plane } = await setUp(t);
  for (let i = 0; i < 2; i++) {
    const server = await set(null);
    await stored(server);
    await due(server);
    server.halfClose();
    await server.expectClose();
  }
  const server = await set(null);
  await stored(server);
  clock.advance(2 * often);
  await set(server);
  await stored(server);
  clock.advance(2 * often);
  t.equal(count("stepChecks"), 2);
  t.equal(count("connects"), 3);
  t.same(
    plane.reports.filter(({ state }) => state === "failing"),
    [],
  );
  t.notMatch(plane.logs.join("\n"), /server connection lost/);
  await client.expectInStep();
});

t.test("a check that is never answered ends with the connection, and is nobody's error", async (t) => {
  const { clock, client, peer, set, stored, due, count } = await setUp(t);
  const server = await set(null);
  await stored(server);
  await due(server);
  clock.advance(200_000);
  await server.expectClose();
  t.equal(count("requestsInFlight"), 0);
  await client.send("get b\r\n");
  const fresh = await peer.nextConnection();
  await fresh.expect("get b\r\n");
  await fresh.send("END\r\n");
  await client.expect("END\r\n");
});

t.test("a server that does not know ms runs its value: nobody gets the answer to that", async (t) => {
  const { peer, plane, client, count, set, stored } = await setUp(t);
  const other = await WireClient.connect(plane.address);
  t.teardown(() => other.close());
  await client.send("ms k 10\r\nget secret\r\n");
  const server = await peer.nextConnection();
  await server.expect("ms k 10\r\nget secret\r\n");
  await other.send("get secret\r\n");
  await server.expect("get secret\r\n");
  // What memcached before 1.6 says: to the line, to what it holds, and to the request behind it.
  await server.send("ERROR\r\nVALUE secret 0 1\r\n1\r\nEND\r\nVALUE secret 0 1\r\n2\r\nEND\r\n");
  for (const each of [client, other]) t.match(await each.readLine(), /^SERVER_ERROR protocol s0:/);
  t.equal(count("outOfStep"), 1);
  await client.expectInStep();
  // From now on neither the line nor its value gets there; others do.
  const refused = "SERVER_ERROR protocol s0: an answer that is none\r\n";
  await client.exchange("ms k 10\r\nget secret\r\n", refused);
  const length = 240_000;
  await client.send(`ms k ${length}\r\n${"get secret\r\n".repeat(length / 12).slice(0, length)}\r\n`);
  await client.expect(refused);
  const next = await set(null);
  await stored(next);
  t.equal(count("connects"), 2);
  // Behind a loss it may be another version.
  next.close();
  await until(() => plane.block("server", "pool/s0")[SERVER.openConnections] === 0);
  await client.send("ms k 1\r\nx\r\n");
  const another = await peer.nextConnection();
  await another.expect("ms k 1\r\nx\r\n");
  await another.send("HD\r\n");
  await client.expect("HD\r\n");
});
