/** Clients that ask for more than may be held for them: who reads gets all of it, however slowly; who does not is cut off in time. */
import t, { type Test } from "tap";
import { SERVER } from "../../src/observe/metric-layout.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { keysOf, type PlaneOptions, startPlane } from "../support/plane.ts";
import { type ScriptedConnection, ScriptedServer } from "../support/scripted-server.ts";
import { turns, until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

const bytes = 1 << 20;

/** Servers that have a value of `size` for each key; a meta get is answered in its own form. */
async function setUp(
  t: Test,
  { limits, ...options }: PlaneOptions = {},
  { servers = 1, size = 300_000 } = {},
) {
  const clock = new FakeClock();
  const values = new Map<string, Buffer>();
  const valueFor = (key: string): Buffer => {
    const value = values.get(key) ?? Buffer.alloc(size, `${key}.`);
    values.set(key, value);
    return value;
  };
  const block = (key: string, cas: string) =>
    Buffer.concat([Buffer.from(`VALUE ${key} 7 ${size}${cas}\r\n`), valueFor(key), Buffer.from("\r\n")]);
  const reply = (request: string): Buffer | string => {
    const [name, key = "", ...more] = request.trim().split(" ");
    if (name === "mg" && key === "gone") return "EN\r\n";
    if (name === "mg")
      return Buffer.concat([Buffer.from(`VA ${size} s${size}\r\n`), valueFor(key), Buffer.from("\r\n")]);
    if (name === "mn") return "MN\r\n";
    if (name === "version") return "VERSION 1.6.18\r\n";
    if (!name!.startsWith("g")) return name === "delete" ? "DELETED\r\n" : "STORED\r\n";
    const keys = name!.startsWith("gat") ? more : [key, ...more];
    const cas = name!.endsWith("s") ? " 42" : "";
    const found = keys.filter((each) => each !== "gone");
    return Buffer.concat([...found.map((each) => block(each, cas)), Buffer.from("END\r\n")]);
  };
  const peers = await Promise.all(Array.from({ length: servers }, () => ScriptedServer.start(t)));
  for (const peer of peers) peer.answer(reply);
  const addresses = peers.map(({ address }) => address);
  const plane = await startPlane(t, addresses, { ...options, limits: { bytes, ...limits }, clock });
  expectNothingBuffered(t, plane);
  const connect = async (): Promise<WireClient> => {
    const client = await WireClient.connect(plane.address);
    t.teardown(() => client.close());
    return client;
  };
  /** Sends it all, and reads nothing before podmate can do no more. */
  const sendDeaf = async (client: WireClient, requests: string) => {
    client.pause();
    await client.send(requests);
    let before = -1;
    for (let calm = 0; calm < 30; calm++) {
      await turns(10);
      const now = peers.reduce((sum, peer) => sum + peer.received, 0) + plane.bufferedBytes;
      if (now !== before) calm = 0;
      before = now;
    }
  };
  return { clock, peers, peer: peers[0]!, plane, connect, reply, sendDeaf };
}

const many = (count: number, request: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => request(i)).join("");

for (const [name, request] of [
  ["get", (i: number) => `get k${i}\r\n`],
  ["gets", (i: number) => `gets k${i}\r\n`],
  ["mg", (i: number) => `mg k${i} v s\r\n`],
] as const) {
  t.test(`${name}: 25 large values in one write, read late: all of them come, in order`, async (t) => {
    const { clock, plane, connect, reply, sendDeaf } = await setUp(t);
    const client = await connect();
    const other = await connect();
    await sendDeaf(client, `${many(25, request)}${name} gone${name === "mg" ? " v s" : ""}\r\n`);
    t.ok(plane.bufferedBytes < 2.5 * bytes, `${plane.bufferedBytes} bytes are held`);
    await other.exchange("delete a\r\n", "DELETED\r\n");
    // Reading a little now and then is progress enough.
    for (let i = 0; i < 25; i++) {
      clock.advance(10_000);
      client.resume();
      await client.expect(reply(request(i)));
      client.pause();
      await turns(20);
      t.ok(plane.bufferedBytes < 2.5 * bytes, `${plane.bufferedBytes} bytes are held after ${i}`);
    }
    client.resume();
    await client.expect(name === "mg" ? "EN\r\n" : "END\r\n");
    await client.expectInStep();
    t.equal(plane.clientErrors("client_too_slow"), 0);
    t.equal(plane.poolErrors("busy"), 0);
    t.equal(plane.poolCount("requestsInFlight"), 0);
    t.equal(plane.plane.load().requests, 0);
    t.notOk(plane.reports.some(({ state }) => state === "failing"));
  });
}

t.test("one value larger than limits.bytes goes through a client that reads slowly", async (t) => {
  const { plane, connect, reply, sendDeaf } = await setUp(t, {}, { size: 8 << 20 });
  const client = await connect();
  const other = await connect();
  await sendDeaf(client, "get huge\r\n");
  t.ok(plane.bufferedBytes < 2 * bytes, `${plane.bufferedBytes} bytes are held`);
  await other.exchange("delete a\r\n", "DELETED\r\n");
  client.resume();
  await client.expect(reply("get huge\r\n"));
  await client.expectInStep();
});

t.test("thousands of middling values: all of them come", async (t) => {
  const { plane, connect, reply, sendDeaf } = await setUp(t, {}, { size: 10_000 });
  const client = await connect();
  const request = (i: number) => `get k${i % 10}\r\n`;
  await sendDeaf(client, many(2_000, request));
  t.ok(plane.bufferedBytes < 4 * bytes, `${plane.bufferedBytes} bytes are held`);
  client.resume();
  for (let i = 0; i < 2_000; i++) await client.expect(reply(request(i)));
  await client.expectInStep();
});

t.test("a get of many keys whose values are more than limits.bytes comes whole, in its order", async (t) => {
  const { plane, connect, reply, sendDeaf } = await setUp(t, {}, { servers: 2 });
  const [a, b] = [keysOf(0, 6), keysOf(1, 6)];
  const keys = [a[0], a[1], b[0], "gone", a[2], b[1], b[2], a[3], a[0], b[3], a[4], a[5], b[4], b[5]];
  const client = await connect();
  for (const name of ["get", "gets"]) {
    const request = `${name} ${keys.join(" ")}\r\n`;
    await sendDeaf(client, `${request}delete x\r\n`.slice(0, request.length));
    t.ok(plane.bufferedBytes < 2.5 * bytes, `${plane.bufferedBytes} bytes are held`);
    client.resume();
    await client.expect(reply(request));
    await client.expectInStep();
  }
  t.equal(plane.poolErrors("busy"), 0);
});

t.test(
  "a large value goes up behind an answer that was larger than what may be held for the next",
  async (t) => {
    const { connect, reply } = await setUp(t, {}, { size: 600_000 });
    const client = await connect();
    await client.exchange("get k\r\n", reply("get k\r\n"));
    await client.exchange(`set k 0 0 300000\r\n${"x".repeat(300_000)}\r\n`, "STORED\r\n");
    await client.expectInStep();
  },
);

t.test("an answer that leaves at once does not keep its client from being read", async (t) => {
  const options = { limits: { bytes: 400_000 }, pool: { coalesce: true } };
  const { connect, reply } = await setUp(t, options, { size: 150_000 });
  const client = await connect();
  for (let i = 0; i < 3; i++) await client.exchange("get a b\r\n", reply("get a b\r\n"));
  await client.expectInStep();
});

t.test(
  "a client that leaves while the values of many keys wait for their turn leaves nothing behind",
  async (t) => {
    const { peers, plane, connect } = await setUp(t, {}, { servers: 2, size: 10 });
    const client = await connect();
    peers[0]!.hold();
    await client.send(`get ${keysOf(0, 1)[0]}\r\nget ${keysOf(1, 3).join(" ")}\r\n`);
    await until(() => plane.block("server", "pool/s1")[SERVER.readBytes]! > 0 && peers[0]!.held === 1);
    client.reset();
    await until(() => plane.plane.load().connections === 0);
    peers[0]!.release();
    await until(() => plane.bufferedBytes === 0, "what it asked for", 2_000);
  },
);

t.test("a client that leaves while many keys are asked for once more leaves nothing behind", async (t) => {
  const { plane, connect, sendDeaf } = await setUp(t, {}, { servers: 2, size: 1 << 20 });
  const request = `get ${[...keysOf(0, 6), ...keysOf(1, 6)].join(" ")}\r\n`;
  for (let i = 0; i < 3; i++) {
    const client = await connect();
    await sendDeaf(client, request);
    client.reset();
    await until(() => plane.plane.load().connections === 0);
  }
  await until(() => plane.bufferedBytes === 0);
});

t.test("an answer without room is never asked for behind the client's own change", async (t) => {
  const { peer, plane, connect, reply, sendDeaf } = await setUp(t);
  const client = await connect();
  await sendDeaf(client, `${many(40, (i) => `get k${i}\r\n`)}delete k39\r\n`);
  client.resume();
  for (let i = 0; i < 3; i++) await client.expect(reply(`get k${i}\r\n`));
  const rest = await client.readUntil("DELETED\r\n");
  const text = rest.toString("latin1");
  t.match(text, /^SERVER_ERROR busy the answer is larger than limits.bytes allows/m, "told, not guessed");
  const asked = peer.requests.lastIndexOf("delete k39\r\n");
  t.equal(asked, peer.requests.length - 1, "nothing is read once more behind the change");
  await client.expectInStep();
  t.ok(plane.poolErrors("busy") > 0);
});

t.test("a change is not asked for once more, however long the server's words are", async (t) => {
  const { peer, connect } = await setUp(t, { limits: { bytes: 3_000 } });
  peer.answer((request) => (request === "mn\r\n" ? "MN\r\n" : `SERVER_ERROR ${"x".repeat(4_000)}\r\n`));
  for (const change of ["set k 0 0 1\r\nx\r\n", "ms k 1 T5\r\nx\r\n", "md k q\r\n", "incr k 1\r\n"]) {
    const client = await connect();
    await client.send(change);
    t.match(await client.readLine(), /^SERVER_ERROR busy the answer is larger than limits.bytes allows/);
    client.close();
  }
  t.same(
    peer.requests.filter((request) => request.startsWith("get")),
    [],
  );
});

t.test("who has won the right to recache is not asked to win it twice", async (t) => {
  const { peer, connect, sendDeaf, reply } = await setUp(t);
  peer.answer((request) => {
    const answer = reply(request);
    return request.startsWith("mg k39") ? String(answer).replace(" s300000\r\n", " s300000 W\r\n") : answer;
  });
  const client = await connect();
  await sendDeaf(
    client,
    many(40, (i) => `mg k${i} v s\r\n`),
  );
  client.resume();
  for (let i = 0; i < 39; i++) await client.expect(reply(`mg k${i} v s\r\n`));
  t.match(await client.readLine(), /^SERVER_ERROR busy/);
  t.equal(peer.requests.filter((request) => request.startsWith("mg k39")).length, 1);
});

t.test("what is asked once more waits with the requests behind it, and stops no other client", async (t) => {
  const { peer, connect, sendDeaf, reply } = await setUp(t);
  const client = await connect();
  const other = await connect();
  await sendDeaf(
    client,
    many(40, (i) => `get k${i}\r\n`),
  );
  const seen = peer.requests.length;
  await client.send("set after 0 0 1\r\nx\r\n");
  await turns(30);
  t.notOk(peer.requests.slice(seen).some((request) => request.startsWith("set")));
  await other.exchange("get gone\r\n", "END\r\n");
  client.resume();
  for (let i = 0; i < 40; i++) await client.expect(reply(`get k${i}\r\n`));
  await client.expect("STORED\r\n");
});

for (const [name, end] of [
  ["hangs up", (client: WireClient) => client.close()],
  ["resets", (client: WireClient) => client.reset()],
] as const) {
  t.test(`a client that ${name} in the middle of such an answer is no failure of the server`, async (t) => {
    const { peer, plane, connect, sendDeaf } = await setUp(t, {}, { size: 8 << 20 });
    const client = await connect();
    await sendDeaf(client, "get huge\r\nget huge\r\n");
    end(client);
    await until(() => plane.plane.load().connections === 0);
    t.notOk(plane.reports.some(({ state }) => state === "failing"));
    t.equal(plane.poolErrors("connection_lost"), 0);
    t.equal(plane.poolCount("requestsInFlight"), 0);
    t.equal(plane.plane.load().requests, 0);
    await until(() => peer.open <= 1, "the connection that was lent is closed");
  });
}

t.test("a server that goes in the middle of such an answer: the client is cut off", async (t) => {
  const { peer, plane, connect, sendDeaf } = await setUp(t, {}, { size: 8 << 20 });
  const client = await connect();
  await sendDeaf(client, "get huge\r\n");
  const open: ScriptedConnection[] = [await peer.nextConnection(), await peer.nextConnection()];
  open[1]!.reset();
  client.resume();
  await client.waitForEnd();
  t.match(plane.logs.at(-1), /answer cut off/);
  await until(() => plane.poolCount("requestsInFlight") === 0);
});

t.test("a server that is silent when asked once more: an error, and the client goes on", async (t) => {
  const { clock, peer, plane, connect, sendDeaf, reply } = await setUp(
    t,
    { pool: { timeout: 500 } },
    { size: 2 << 20 },
  );
  let asked = 0;
  peer.answer((request) => (request === "get k\r\n" && ++asked === 2 ? null : reply(request)));
  const client = await connect();
  await sendDeaf(client, "get k\r\n");
  client.resume();
  await until(() => asked === 2);
  await turns();
  clock.advance(600);
  await client.expect("SERVER_ERROR timeout s0: no answer within 500 ms\r\n");
  await client.exchange("get k\r\n", reply("get k\r\n"));
  t.equal(plane.poolErrors("timeout"), 1);
});

t.test("a client that takes nothing is cut off when five minutes have passed without progress", async (t) => {
  const { clock, plane, connect, sendDeaf } = await setUp(t);
  const deaf = await connect();
  const other = await connect();
  await sendDeaf(
    deaf,
    many(40, (i) => `get k${i}\r\n`),
  );
  clock.advance(299_000);
  t.equal(plane.clientErrors("client_too_slow"), 0);
  clock.advance(3_000);
  await until(() => plane.clientErrors("client_too_slow") === 1);
  t.match(plane.logs.at(-1), /client cut off .*takes no answers/);
  await until(() => plane.plane.load().connections === 1);
  await other.exchange("get gone\r\n", "END\r\n");
  t.equal(plane.block("server", "pool/s0")[SERVER.openConnections], 1);
});

t.test("clients that take nothing do not fill the memory for all: the first one ends early", async (t) => {
  const { clock, plane, connect, sendDeaf } = await setUp(t, { total: { bytes: 2 * bytes } });
  const other = await connect();
  for (let i = 0; i < 8; i++) {
    const deaf = await connect();
    await sendDeaf(
      deaf,
      many(40, (k) => `get k${k}\r\n`),
    );
    clock.advance(5_000);
    await other.exchange("get gone\r\n", "END\r\n");
  }
  t.ok(plane.clientErrors("client_too_slow") > 0);
  t.ok(plane.bufferedBytes < 2.5 * bytes, `${plane.bufferedBytes} bytes are held`);
});

t.test("answers that have to wait for an earlier one are bounded, too", async (t) => {
  const { peers, plane, connect, reply } = await setUp(t, {}, { servers: 2 });
  const client = await connect();
  const [first] = keysOf(0, 1);
  const keys = keysOf(1, 40);
  peers[0]!.silence();
  await client.send(`get ${first}\r\n${keys.map((key) => `get ${key}\r\n`).join("")}`);
  const silent = await peers[0]!.nextConnection();
  await until(() => peers[1]!.requests.length === 40);
  await turns(50);
  t.ok(plane.bufferedBytes < 2.5 * bytes, `${plane.bufferedBytes} bytes are held`);
  t.equal(client.received.length, 0);
  await silent.send("END\r\n");
  await client.expect("END\r\n");
  for (const key of keys) await client.expect(reply(`get ${key}\r\n`));
  await client.expectInStep();
});
