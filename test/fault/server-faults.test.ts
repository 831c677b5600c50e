/** Servers that break off, break the protocol, or are not there: the client gets an error, and the stream is in step. */
import t, { type Test } from "tap";
import { SERVER } from "../../src/observe/metric-layout.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { keysOf, type PlaneOptions, startPlane } from "../support/plane.ts";
import { type ScriptedConnection, ScriptedServer } from "../support/scripted-server.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

async function setUp(t: Test, servers = 1, options: PlaneOptions = {}) {
  const clock = new FakeClock();
  const peers = await Promise.all(Array.from({ length: servers }, () => ScriptedServer.start(t)));
  const plane = await startPlane(
    t,
    peers.map(({ address }) => address),
    { ...options, clock },
  );
  expectNothingBuffered(t, plane);
  const connect = async (): Promise<WireClient> => {
    const client = await WireClient.connect(plane.address);
    t.teardown(() => client.close());
    return client;
  };
  const count = (name: "connects" | "requestsInFlight" | "openConnections", index = 0) =>
    plane.block("server", `pool/s${index}`)[SERVER[name]];
  return { clock, peer: peers[0]!, peers, plane, connect, count };
}

/** The next request opens a connection, and gets its answer there. */
async function expectFreshConnection(peer: ScriptedServer, client: WireClient): Promise<void> {
  await client.send("get fresh\r\n");
  const connection = await peer.nextConnection();
  await connection.expect("get fresh\r\n");
  await connection.send("VALUE fresh 0 2\r\nok\r\nEND\r\n");
  await client.expect("VALUE fresh 0 2\r\nok\r\nEND\r\n");
  await client.expectInStep();
}

type Fault = (connection: ScriptedConnection) => unknown;
const endings: readonly (readonly [string, Fault, RegExp])[] = [
  ["resets the connection", (server) => server.reset(), /^SERVER_ERROR connection_lost s0: ECONNRESET$/],
  ["half-closes", (server) => server.halfClose(), /^SERVER_ERROR connection_lost s0: closed by the server$/],
  ["closes", (server) => server.close(), /^SERVER_ERROR connection_lost s0: /],
  [
    "answers garbage",
    (server) => server.send("HTTP/1.1 400 Bad Request\r\n\r\n"),
    /^SERVER_ERROR protocol s0: an answer that is none$/,
  ],
  ["answers an empty line", (server) => server.send("\r\n"), /^SERVER_ERROR protocol s0: /],
  [
    "sends a line without end",
    (server) => server.send(`END${"x".repeat(9_000)}`),
    /^SERVER_ERROR protocol s0: an answer that is none$/,
  ],
  [
    "gives a length that is no number",
    (server) => server.send("VALUE a 0 ten\r\n"),
    /^SERVER_ERROR protocol s0: /,
  ],
  ["gives a length below 0", (server) => server.send("VALUE a 0 -1\r\n"), /^SERVER_ERROR protocol s0: /],
  ["gives no length", (server) => server.send("VALUE a 0\r\n"), /^SERVER_ERROR protocol s0: /],
  [
    "gives a length beyond bounds",
    (server) => server.send("VALUE a 0 99999999999999999999\r\n"),
    /^SERVER_ERROR protocol s0: /,
  ],
  [
    "sends more value than it said",
    (server) => server.send("VALUE a 0 3\r\nfourth\r\nEND\r\n"),
    /^SERVER_ERROR protocol s0: /,
  ],
  [
    "says something like VALUE",
    (server) => server.send("VALUABLE a 0 3 1\r\nabc\r\nEND\r\n"),
    /^SERVER_ERROR protocol s0: /,
  ],
  ["answers another command's words", (server) => server.send("STORED\r\n"), /^SERVER_ERROR protocol s0: /],
  [
    "closes in the middle of a small value",
    async (server) => {
      await server.send("VALUE a 0 1000\r\nhalf");
      server.halfClose();
    },
    /^SERVER_ERROR connection_lost s0: closed by the server$/,
  ],
];

for (const [name, fault, error] of endings) {
  t.test(`a server that ${name}: an error, and a new connection for the next request`, async (t) => {
    const { peer, plane, connect, count } = await setUp(t);
    const client = await connect();
    const other = await connect();
    await client.send("get a\r\n");
    const server = await peer.nextConnection();
    await server.expect("get a\r\n");
    await other.send("get b\r\nset c 0 0 1\r\nx\r\n");
    await server.expect("get b\r\nset c 0 0 1\r\nx\r\n");
    await fault(server);
    for (const expected of [client, other, other]) t.match(await expected.readLine(), error);
    await server.expectClose().catch(() => {});
    t.ok(server.ended);
    await expectFreshConnection(peer, client);
    await other.expectInStep();
    t.equal(count("connects"), 2);
    t.equal(count("requestsInFlight"), 0);
    t.equal(count("openConnections"), 1);
    t.equal(plane.poolCount("requestsInFlight"), 0);
  });
}

for (const [command, garbage] of [
  ["set a 0 0 1\r\nx\r\n", "VALUE a 0 1\r\nx\r\nEND\r\n"],
  ["incr a 1\r\n", "HELLO\r\n"],
  ["mg a v\r\n", "VALUE a 0 1\r\nx\r\n"],
  ["mg a v\r\n", "VA x\r\n"],
  ["mg a v q\r\n", "HD\r\nHD\r\nMN\r\n"],
  ["ms a 1\r\nx\r\n", "STORED\r\n"],
  ["delete a\r\n", "STORED\r\n"],
  ["incr a 1\r\n", "OK\r\n"],
  ["touch a 1\r\n", "DELETED\r\n"],
  ["set a 0 0 1\r\nx\r\n", "NOT_FOUND\r\n"],
  ["get a\r\n", "VALUE b 0 1\r\nx\r\nEND\r\n"],
  ["get a\r\n", "VALUE a 0 1\r\nx\r\nVALUE a 0 1\r\nx\r\nEND\r\n"],
  ["get a\r\n", "VALUE a 0 1 7\r\nx\r\nEND\r\n"],
  ["gets a\r\n", "VALUE a 0 1\r\nx\r\nEND\r\n"],
  // A value that would be streamed, under another key.
  ["get a\r\n", "VALUE b 0 1000000\r\nx"],
  ["mg a v k\r\n", "VA 1 kb\r\nx\r\n"],
  ["mg a v O1\r\n", "VA 1 O2\r\nx\r\n"],
  ["mg a v O1\r\n", "VA 1\r\nx\r\n"],
  // As many values as keys, none of them asked for: the keys that were asked for must not be looked for in there.
  [`get ${"k".repeat(100)}1 ${"k".repeat(100)}2\r\n`, "VALUE x 0 1\r\n1\r\nVALUE y 0 1\r\n1\r\nEND\r\n"],
  ["get a b\r\n", "VALUE b 0 1\r\nx\r\nVALUE a 0 1\r\nx\r\nEND\r\n"],
  ["get a b\r\n", "VALUE a 0 1\r\nx\r\nVALUE a 0 1\r\nx\r\nEND\r\n"],
] as const) {
  t.test(`${JSON.stringify(command)} answered by ${JSON.stringify(garbage)}`, async (t) => {
    const { peer, connect } = await setUp(t);
    const client = await connect();
    await client.send(command);
    const server = await peer.nextConnection();
    await until(() => server.received.length >= command.length);
    await server.send(garbage);
    t.match(await client.readLine(), /^SERVER_ERROR protocol s0: an answer that is none$/);
    await expectFreshConnection(peer, client);
  });
}

t.test("bytes that nothing asked for end the connection, and nobody's answer", async (t) => {
  const { peer, connect, count, plane } = await setUp(t);
  const client = await connect();
  await client.send("get a\r\n");
  const server = await peer.nextConnection();
  await server.expect("get a\r\n");
  await server.send("END\r\nVALUE evil 0 1\r\nx\r\nEND\r\n");
  await client.expect("END\r\n");
  await server.expectClose();
  await expectFreshConnection(peer, client);
  t.equal(count("connects"), 2);
  t.notOk(plane.reports.some(({ state }) => state === "failing"));
});

t.test(
  "a server of a get of many keys that breaks off is a miss, or an error where the pool says so",
  async (t) => {
    for (const on_error of ["partial", "error"] as const) {
      const { peers, plane, connect } = await setUp(t, 2, { pool: { on_error } });
      const [good] = keysOf(0, 1);
      const [bad] = keysOf(1, 1);
      const client = await connect();
      await client.send(`get ${bad} ${good} ${bad}\r\n`);
      const one = await peers[0]!.nextConnection();
      await one.expect(`get ${good}\r\n`);
      await one.send(`VALUE ${good} 0 1\r\nx\r\nEND\r\n`);
      const two = await peers[1]!.nextConnection();
      await two.expect(`get ${bad} ${bad}\r\n`);
      await two.send(`VALUE ${bad} 0 100\r\nhalf`);
      two.halfClose();
      await client.expect(
        on_error === "partial"
          ? `VALUE ${good} 0 1\r\nx\r\nEND\r\n`
          : "SERVER_ERROR connection_lost s1: closed by the server\r\n",
      );
      t.equal(plane.poolErrors("connection_lost"), 1);
      await client.expectInStep();
    }
  },
);

t.test("when every server of a get fails, it is an error and not a miss", async (t) => {
  const { peers, connect } = await setUp(t, 2);
  const keys = [...keysOf(0, 1), ...keysOf(1, 1)];
  const client = await connect();
  await client.send(`get ${keys.join(" ")}\r\n`);
  for (const peer of peers) {
    const server = await peer.nextConnection();
    await until(() => server.received.length > 0);
    server.reset();
  }
  t.match(await client.readLine(), /^SERVER_ERROR connection_lost s[01]: ECONNRESET$/);
  await client.expectInStep();
});

for (const [name, end] of [
  ["reset", (server: ScriptedConnection) => server.reset()],
  ["closed", (server: ScriptedConnection) => server.halfClose()],
] as const) {
  t.test(
    `a large value whose server is ${name} half way: the client is closed, for its answer cannot be taken back`,
    async (t) => {
      const { peer, plane, connect } = await setUp(t);
      const client = await connect();
      const other = await connect();
      await client.send("get a\r\n");
      const server = await peer.nextConnection();
      await server.expect("get a\r\n");
      const head = `VALUE a 0 1000000\r\n${"x".repeat(300_000)}`;
      await server.send(head);
      await client.expect(head);
      end(server);
      await client.expectClose();
      t.match(
        plane.logs.at(-1),
        /^warn client cut off .*"reason":"answer cut off: s0: (closed by|ECONNRESET)/,
      );
      t.equal(plane.clientErrors("client_gone"), 0, "it is not the client that has gone");
      await expectFreshConnection(peer, other);
    },
  );
}

t.test("a value whose length never comes holds back nobody's memory and is given up in time", async (t) => {
  for (const length of [60_000, 2_000_000_000]) {
    const { clock, peer, connect, plane } = await setUp(t, 1, { pool: { timeout: 200 } });
    const client = await connect();
    const other = await connect();
    await client.send("get a\r\n");
    const server = await peer.nextConnection();
    await server.expect("get a\r\n");
    await server.send(`VALUE a 0 ${length}\r\n`);
    await until(() => plane.block("server", "pool/s0")[SERVER.readBytes]! > 0);
    t.ok(plane.bufferedBytes < 200_000, `${plane.bufferedBytes} bytes are held`);
    clock.advance(500);
    // A small one is held until it is whole; the beginning of a large one may be with the client by now.
    if (length === 60_000) await client.expect("SERVER_ERROR timeout s0: no answer within 200 ms\r\n");
    else await until(() => client.ended !== null || client.received.includes("SERVER_ERROR timeout s0: "));
    await server.expectClose();
    await expectFreshConnection(peer, other);
  }
});

t.test("an idle connection that its server closes is nobody's failure", async (t) => {
  const eject = { failures: 1, window: 1000, backoff: 1000, max_backoff: 1000, max_percent: 100 };
  const { peer, plane, connect, count } = await setUp(t, 1, {
    pool: { eject: { ...eject, on_eject: "fail_fast" } },
  });
  const client = await connect();
  await client.send("get a\r\n");
  const server = await peer.nextConnection();
  await server.expect("get a\r\n");
  await server.send("END\r\n");
  await client.expect("END\r\n");
  server.halfClose();
  await until(() => count("openConnections") === 0);
  await expectFreshConnection(peer, client);
  t.notOk(plane.reports.some(({ state }) => state === "failing"));
});

t.test("a server that refuses: an error at once, then a pause that grows, then a new attempt", async (t) => {
  const { clock, peer, plane, connect, count } = await setUp(t);
  await peer.refuse();
  const client = await connect();
  const get = async (): Promise<string> => {
    await client.send("get a\r\n");
    return await client.readLine();
  };
  t.equal(await get(), "SERVER_ERROR connect s0: ECONNREFUSED");
  t.equal(await get(), "SERVER_ERROR connect s0: no connection", "within the pause, without an attempt");
  t.equal(count("connects"), 1);
  for (const [attempt, pause] of [50, 100, 200, 400, 800, 1_000, 1_000].entries()) {
    clock.advance(pause - 1);
    t.equal(await get(), "SERVER_ERROR connect s0: no connection");
    t.equal(count("connects"), attempt + 1);
    clock.advance(1);
    t.equal(await get(), "SERVER_ERROR connect s0: ECONNREFUSED");
    t.equal(count("connects"), attempt + 2);
  }
  await peer.listen();
  clock.advance(1_000);
  await expectFreshConnection(peer, client);
  t.equal(plane.poolErrors("connect"), 1 + 1 + 14);
});

t.test("a server that accepts no connection in time: its requests fail, and only its", async (t) => {
  const { clock, peers, plane, connect, count } = await setUp(t, 2, {
    pool: { timeout: 10_000, connect_timeout: 100, auth: { username: "u", password: "p" } },
  });
  // Connecting ends with the answer to authentication, which this server never gives.
  peers[0]!.answer((request) => (request.startsWith("set auth") ? "STORED\r\n" : "END\r\n"));
  const [good] = keysOf(0, 1);
  const [bad] = keysOf(1, 1);
  const client = await connect();
  await client.send(`get ${bad}\r\nget ${good}\r\n`);
  const silent = await peers[1]!.nextConnection();
  await silent.expect("set auth 0 0 3\r\nu p\r\n");
  await until(() => count("requestsInFlight", 0) === 0);
  clock.advance(200);
  await client.expect("SERVER_ERROR connect s1: no connection within 100 ms\r\nEND\r\n");
  await silent.expectClose();
  t.equal(plane.poolErrors("connect"), 1);
  await client.expectInStep();
});

t.test("a connection attempt that nobody waits for ends in time, too", async (t) => {
  const { clock, peer } = await setUp(t, 1, {
    pool: { connect_timeout: 100, preconnect: true, auth: { username: "u", password: "p" } },
  });
  const silent = await peer.nextConnection();
  await silent.expect("set auth 0 0 3\r\nu p\r\n");
  clock.advance(200);
  await silent.expectClose();
});

t.test("preconnect: the connections stand before the first request", async (t) => {
  const { peer, connect, count } = await setUp(t, 1, { pool: { preconnect: true, connections: 3 } });
  for (let i = 0; i < 3; i++) await peer.nextConnection();
  await until(() => count("openConnections") === 3);
  peer.answer(() => "END\r\n");
  const client = await connect();
  await client.exchange("get a\r\n", "END\r\n");
  t.equal(peer.accepted, 3);
});

t.test("connections: a key keeps to one of them, and several keys use all", async (t) => {
  const { peer, connect } = await setUp(t, 1, { pool: { connections: 4 } });
  const seen = new Map<string, Set<ScriptedConnection>>();
  peer.answer((request, connection) => {
    const [word, key = ""] = request.split(/[ \r]/);
    seen.set(key, (seen.get(key) ?? new Set()).add(connection));
    return word === "set" ? "STORED\r\n" : "END\r\n";
  });
  const clients = [await connect(), await connect()];
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 40; i++) {
      const client = clients[(round + i) % 2]!;
      await client.exchange(`set k${i} 0 0 1\r\nx\r\n`, "STORED\r\n");
      await client.exchange(`get k${i}\r\n`, "END\r\n");
    }
  }
  t.ok([...seen.values()].every((connections) => connections.size === 1));
  t.equal(new Set([...seen.values()].flatMap((connections) => [...connections])).size, 4);
});
