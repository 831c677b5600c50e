/** A request that is not answered in time fails alone, and its answer, when it comes, goes to nobody. */
import t, { type Test } from "tap";
import { LISTENER, SERVER } from "../../src/observe/metric-layout.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { keysOf, type PlaneOptions, startPlane } from "../support/plane.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { turns, until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

const timeout = 200;
/** More than `timeout` with the last sweep, less than twice. */
const pastTimeout = timeout + 50;

async function setUp(t: Test, servers = 1, options: PlaneOptions = {}) {
  const clock = new FakeClock();
  const peers = await Promise.all(Array.from({ length: servers }, () => ScriptedServer.start(t)));
  const addresses = peers.map(({ address }) => address);
  const plane = await startPlane(t, addresses, { ...options, clock, pool: { timeout, ...options.pool } });
  const connect = async (): Promise<WireClient> => {
    const client = await WireClient.connect(plane.address);
    t.teardown(() => client.close());
    return client;
  };
  expectNothingBuffered(t, plane);
  const counter = (name: "lateAnswers" | "connects" | "requestsInFlight", index = 0) =>
    plane.block("server", `pool/s${index}`)[SERVER[name]];
  return { clock, peer: peers[0]!, peers, plane, connect, counter };
}

const failed = (server = "s0") => `SERVER_ERROR timeout ${server}: no answer within ${timeout} ms\r\n`;

for (const [name, request, answer, next] of [
  ["a get", "get a\r\n", "VALUE a 0 4\r\nlate\r\nEND\r\n", "get b\r\n"],
  ["a get of several keys", "get a aa\r\n", "VALUE a 0 4\r\nlate\r\nEND\r\n", "get b\r\n"],
  ["a set", "set a 0 0 1\r\nx\r\n", "STORED\r\n", "get b\r\n"],
  ["an incr", "incr a 1\r\n", "41\r\n", "get b\r\n"],
  ["a meta get", "mg a v\r\n", "VA 4\r\nlate\r\n", "get b\r\n"],
  ["a meta set", "ms a 1\r\nx\r\n", "HD\r\n", "get b\r\n"],
] as const) {
  t.test(`${name} that is late fails alone, and the stream stays in step`, async (t) => {
    const { clock, peer, connect, counter } = await setUp(t);
    const late = await connect();
    const other = await connect();
    await late.send(request);
    const server = await peer.nextConnection();
    await server.expect(request);
    clock.advance(150);
    await other.send(next);
    await server.expect(next);
    clock.advance(pastTimeout - 150);
    await late.expect(failed());
    await server.send(`${answer}VALUE b 0 1\r\nb\r\nEND\r\n`);
    await other.expect("VALUE b 0 1\r\nb\r\nEND\r\n");
    t.equal(counter("lateAnswers"), 1);
    await late.send("get c\r\n");
    await server.expect("get c\r\n");
    await server.send("END\r\n");
    await late.expect("END\r\n");
    await late.expectInStep();
    await other.expectInStep();
    t.equal(counter("connects"), 1, "all on one connection");
    t.equal(counter("requestsInFlight"), 0);
  });
}

t.test("a late quiet meta request takes the answer of its no-op along", async (t) => {
  const { clock, peer, connect, counter } = await setUp(t);
  const client = await connect();
  await client.send("mg a v q\r\nmg b v\r\n");
  const server = await peer.nextConnection();
  await server.expect("mg a v q\r\nmn\r\nmg b v\r\n");
  clock.advance(pastTimeout);
  await client.expect(failed() + failed());
  await server.send("VA 1\r\nx\r\nMN\r\nEN\r\n");
  await client.send("mg c v\r\n");
  await server.expect("mg c v\r\n");
  await server.send("VA 1\r\nc\r\n");
  await client.expect("VA 1\r\nc\r\n");
  t.equal(counter("lateAnswers"), 2);
  await client.expectInStep();
});

t.test("a set with noreply that is late tells nobody", async (t) => {
  const { clock, peer, connect, counter } = await setUp(t);
  const client = await connect();
  await client.send("set a 0 0 1 noreply\r\nx\r\n");
  const server = await peer.nextConnection();
  await server.expect("set a 0 0 1\r\nx\r\n");
  clock.advance(pastTimeout);
  await server.send("STORED\r\n");
  await until(() => counter("lateAnswers") === 1);
  await client.expectInStep();
});

t.test("answers keep the client's order around one that is late", async (t) => {
  const { clock, peers, connect, counter } = await setUp(t, 2);
  const [fast] = keysOf(0, 1);
  const [slow] = keysOf(1, 1);
  peers[0]!.answer((request) => `VALUE ${request.split(/[ \r]/)[1]} 0 1\r\nx\r\nEND\r\n`);
  const client = await connect();
  await client.send(`get ${slow}\r\nget ${fast}\r\n`);
  const server = await peers[1]!.nextConnection();
  await server.expect(`get ${slow}\r\n`);
  await until(() => counter("requestsInFlight", 0) === 0);
  clock.advance(pastTimeout);
  await client.expect(`${failed("s1")}VALUE ${fast} 0 1\r\nx\r\nEND\r\n`);
  await client.expectInStep();
});

for (const on_error of ["partial", "error"] as const) {
  t.test(`one late server of a get of many keys: on_error ${on_error}`, async (t) => {
    const { clock, peers, plane, connect, counter } = await setUp(t, 2, { pool: { on_error } });
    const [fast] = keysOf(0, 1);
    const [slow] = keysOf(1, 1);
    const client = await connect();
    await client.send(`get ${slow} ${fast}\r\n`);
    const good = await peers[0]!.nextConnection();
    await good.expect(`get ${fast}\r\n`);
    await good.send(`VALUE ${fast} 0 1\r\nx\r\nEND\r\n`);
    const late = await peers[1]!.nextConnection();
    await late.expect(`get ${slow}\r\n`);
    await until(() => counter("requestsInFlight", 0) === 0);
    clock.advance(pastTimeout);
    await client.expect(on_error === "partial" ? `VALUE ${fast} 0 1\r\nx\r\nEND\r\n` : failed("s1"));
    t.equal(plane.poolCount("partialMultigets"), on_error === "partial" ? 1 : 0);
    await late.send(`VALUE ${slow} 0 4\r\nlate\r\nEND\r\n`);
    await until(() => counter("lateAnswers", 1) === 1);
    await client.send(`get ${slow} ${fast}\r\n`);
    await good.expect(`get ${fast}\r\n`);
    await good.send("END\r\n");
    await late.expect(`get ${slow}\r\n`);
    await late.send("END\r\n");
    await client.expect("END\r\n");
    await client.expectInStep();
  });
}

t.test(
  "a server that is silent for twice the timeout loses the connection, and the next request opens another",
  async (t) => {
    const { clock, peer, plane, connect, counter } = await setUp(t);
    const client = await connect();
    await client.send("get a\r\n");
    const first = await peer.nextConnection();
    await first.expect("get a\r\n");
    clock.advance(pastTimeout);
    await client.expect(failed());
    await client.send("get b\r\n");
    await first.expect("get b\r\n");
    clock.advance(pastTimeout);
    await client.expect(`SERVER_ERROR timeout s0: silent for ${2 * timeout} ms\r\n`);
    await first.expectClose();
    await client.send("get c\r\n");
    const second = await peer.nextConnection();
    await second.expect("get c\r\n");
    await second.send("END\r\n");
    await client.expect("END\r\n");
    await client.expectInStep();
    t.equal(counter("connects"), 2);
    t.equal(plane.poolErrors("timeout"), 2);
  },
);

t.test("a server that answers, but always too late, keeps its connection", async (t) => {
  const { clock, peer, connect, counter } = await setUp(t);
  const client = await connect();
  await client.send("get k0\r\n");
  const server = await peer.nextConnection();
  await server.expect("get k0\r\n");
  for (let i = 1; i <= 8; i++) {
    clock.advance(150);
    await client.send(`get k${i}\r\n`);
    await server.expect(`get k${i}\r\n`);
    clock.advance(100);
    await client.expect(failed());
    await server.send("END\r\n");
    await until(() => counter("lateAnswers") === i);
  }
  await server.send("END\r\n");
  await client.expect("END\r\n");
  t.equal(counter("connects"), 1);
});

t.test("a slow drip fails the requests behind it in time, and what follows is in step", async (t) => {
  const { clock, peer, plane, connect, counter } = await setUp(t);
  const client = await connect();
  const other = await connect();
  await client.send("get a\r\n");
  const server = await peer.nextConnection();
  await server.expect("get a\r\n");
  await other.send("get b\r\n");
  await server.expect("get b\r\n");
  const drip = "VALUE a 0 4\r\nlate\r\nEND\r\n";
  const read = () => plane.block("server", "pool/s0")[SERVER.readBytes];
  for (let i = 0; i < drip.length; i++) {
    await server.send(drip[i]!);
    await until(() => read() === i + 1);
    clock.advance(30);
  }
  await client.expect(failed());
  await other.expect(failed());
  await server.send("END\r\n");
  await until(() => counter("lateAnswers") === 2);
  await other.send("get c\r\n");
  await server.expect("get c\r\n");
  await server.send("END\r\n");
  await other.expect("END\r\n");
  t.equal(counter("connects"), 1, "a server that talks keeps its connection");
  await client.expectInStep();
});

t.test("a large value that keeps coming is not late, however long it takes", async (t) => {
  const { clock, peer, plane, connect } = await setUp(t);
  const client = await connect();
  await client.send("get a\r\n");
  const server = await peer.nextConnection();
  await server.expect("get a\r\n");
  const piece = Buffer.alloc(100_000, "x");
  await server.send(`VALUE a 0 ${5 * piece.length}\r\n`);
  let sent = plane.block("listener", "cache")[LISTENER.writtenBytes]!;
  for (let i = 0; i < 5; i++) {
    await server.send(piece);
    if (i === 0) await client.readUntil("\n");
    await client.read(piece.length);
    sent += piece.length;
    clock.advance(timeout - 20);
  }
  await server.send("\r\nEND\r\n");
  await client.expect("\r\nEND\r\n");
  await client.expectInStep();
  t.ok(plane.block("listener", "cache")[LISTENER.writtenBytes]! > sent);
});

t.test(
  "a large value that stops half way costs the client its connection, and the log says why",
  async (t) => {
    const { clock, peer, plane, connect, counter } = await setUp(t);
    const client = await connect();
    const other = await connect();
    await client.send("get a\r\n");
    const server = await peer.nextConnection();
    await server.expect("get a\r\n");
    await server.send(`VALUE a 0 500000\r\n${"x".repeat(200_000)}`);
    await client.read("VALUE a 0 500000\r\n".length + 200_000);
    clock.advance(2 * pastTimeout);
    await client.expectClose();
    t.match(plane.logs.join("\n"), /client cut off .*answer cut off: s0: (no answer within|silent for)/);
    await other.send("get b\r\n");
    const second = await peer.nextConnection();
    await second.expect("get b\r\n");
    await second.send("END\r\n");
    await other.expect("END\r\n");
    t.equal(counter("connects"), 2);
  },
);

t.test("without a timeout a request waits as long as it takes", async (t) => {
  const { clock, peer, connect } = await setUp(t, 1, { pool: { timeout: 0 } });
  const client = await connect();
  await client.send("get a\r\n");
  const server = await peer.nextConnection();
  await server.expect("get a\r\n");
  clock.advance(3_600_000);
  await server.send("END\r\n");
  await client.expect("END\r\n");
});

t.test("an answer that came while podmate itself stood still is no late one", async (t) => {
  const { clock, peer, connect, counter } = await setUp(t);
  const client = await connect();
  await client.send("get a\r\n");
  const server = await peer.nextConnection();
  await server.expect("get a\r\n");
  // From here to the end of the turn the kernel has the answer, and podmate's timers run before it reads.
  await turns(1);
  const sent = server.send("END\r\n");
  clock.jump(10_000);
  clock.fireNext();
  clock.fireNext();
  await sent;
  await client.expect("END\r\n");
  t.equal(counter("lateAnswers"), 0);
});
