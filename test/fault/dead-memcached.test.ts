/** A memcached that is gone: who sees an error, and how soon it is out of service. No time passes in these tests. */
import t, { type Test } from "tap";
import type { EjectOptions, PoolOptions } from "../../src/upstream/pool-options.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { keysOf, Plane, planeSnapshot } from "../support/plane.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { Supervision } from "../support/supervised-plane.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

const rehash: EjectOptions = {
  failures: 3,
  window: 10_000,
  backoff: 1_000,
  max_backoff: 8_000,
  max_percent: 50,
  on_eject: "rehash",
};
const failFast: EjectOptions = { ...rehash, on_eject: "fail_fast" };

/** Answers each get with the server's own name, stores what it is given, and knows no meta key. */
function serveAs(peer: ScriptedServer, name: string): void {
  peer.answer((request) => {
    const [word, ...words] = request.split("\r\n")[0]!.split(" ");
    if (word === "set") return "STORED\r\n";
    if (word === "mn") return "MN\r\n";
    if (word === "mg") return words.includes("q") ? null : "EN\r\n";
    const keys = word === "gat" ? words.slice(1) : words;
    return `${keys.map((key) => `VALUE ${key} 0 2\r\n${name}\r\n`).join("")}END\r\n`;
  });
}

async function setUp(t: Test, servers: number, pool: Partial<PoolOptions> = {}) {
  const clock = new FakeClock();
  const peers = await Promise.all(Array.from({ length: servers }, () => ScriptedServer.start(t)));
  for (const [i, peer] of peers.entries()) serveAs(peer, `s${i}`);
  const plane = new Plane(clock);
  t.teardown(() => plane.close());
  expectNothingBuffered(t, plane);
  const supervision = new Supervision(t, plane, clock);
  const options = { timeout: 200, eject: rehash, ...pool };
  await supervision.apply(
    planeSnapshot(
      peers.map(({ address }) => address),
      { pool: options },
    ),
  );
  const client = await WireClient.connect(plane.address);
  t.teardown(() => client.close());
  const kill = async (index: number): Promise<void> => {
    await peers[index]!.refuse();
    peers[index]!.resetAll();
  };
  return { clock, peers, plane, supervision, client, kill };
}

const answerFrom = (key: string, server: string) => `VALUE ${key} 0 2\r\n${server}\r\nEND\r\n`;

t.test("rehash: a burst to a dead server loses nothing, and ejects it", async (t) => {
  const { supervision, plane, client, kill } = await setUp(t, 2);
  const keys = keysOf(0, 12);
  await kill(0);
  await client.send(keys.map((key) => `get ${key}\r\n`).join(""));
  for (const key of keys) await client.expect(answerFrom(key, "s1"));
  for (const key of keys) await client.exchange(`get ${key}\r\n`, answerFrom(key, "s1"));
  t.match(supervision.state("s0"), { state: "ejected", reason: "connect ECONNREFUSED" });
  t.equal(plane.poolErrors("connect"), 0, "no request of the pool has failed");
  t.equal(plane.serverErrors("s0", "connect") > 0, true, "the server has");
  await client.expectInStep();
});

t.test("rehash: whatever is asked moves, in order, with its value", async (t) => {
  const { peers, client, kill } = await setUp(t, 3);
  const [a, b] = keysOf(0, 2, { count: 3 });
  const [c] = keysOf(1, 1, { count: 3 });
  await kill(0);
  await client.send(
    `set ${a} 0 0 5\r\nhello\r\nset ${b} 0 0 1 noreply\r\nx\r\nmg ${a} v\r\nmg ${b} v q\r\ngat 10 ${c}\r\n`,
  );
  await client.expect("STORED\r\nEN\r\n");
  await client.expect(answerFrom(c!, "s1"));
  const seen = [...peers[1]!.requests, ...peers[2]!.requests];
  t.ok(seen.includes(`set ${a} 0 0 5\r\nhello\r\n`));
  t.ok(seen.includes(`set ${b} 0 0 1\r\nx\r\n`));
  t.ok(seen.includes(`mg ${b} v q\r\n`));
  await client.expectInStep();
});

for (const [name, command] of [
  ["get", "get"],
  ["gat", "gat 10"],
] as const) {
  t.test(`rehash: a ${name} of many keys has all of them, in the order asked`, async (t) => {
    const { client, kill } = await setUp(t, 3);
    const keys = [0, 1, 2].flatMap((index) => keysOf(index, 20, { count: 3 }));
    keys.sort();
    await kill(0);
    // First while the connection is being tried, then in the pause, then with the server ejected.
    for (let round = 0; round < 6; round++) {
      await client.send(`${command} ${keys.join(" ")}\r\n`);
      for (const key of keys) {
        t.equal(await client.readLine(), `VALUE ${key} 0 2`);
        t.match(await client.readLine(), /^s[12]$/);
      }
      await client.expect("END\r\n");
    }
    await client.expectInStep();
  });
}

t.test("rehash: with policies as well", async (t) => {
  const { client, kill } = await setUp(t, 2, { coalesce: true });
  const keys = keysOf(0, 4);
  await kill(0);
  for (const key of keys) await client.exchange(`get ${key}\r\n`, answerFrom(key, "s1"));
  await client.exchange(`set ${keys[0]} 0 0 1\r\nx\r\n`, "STORED\r\n");
});

t.test("rehash: without any other server the error is told", async (t) => {
  const { supervision, client, kill } = await setUp(t, 2);
  await kill(0);
  await kill(1);
  const keys = [...keysOf(0, 6), ...keysOf(1, 6)];
  await client.send(keys.map((key) => `get ${key}\r\n`).join(""));
  for (const _ of keys) t.match(await client.readLine(), /^SERVER_ERROR connect s[01]: /);
  await client.send(`get ${keys.join(" ")}\r\n`);
  t.match(await client.readLine(), /^SERVER_ERROR (connect|ejected) /);
  t.ok(["s0", "s1"].some((server) => supervision.state(server).state === "ready"));
  await client.expectInStep();
});

t.test("fail_fast: a burst ejects at once, and no key moves", async (t) => {
  const { supervision, client, kill } = await setUp(t, 2, { eject: failFast });
  const keys = keysOf(0, 12);
  await kill(0);
  const answers: string[] = [];
  for (const key of keys) {
    await client.send(`get ${key}\r\n`);
    answers.push(await client.readLine());
  }
  t.equal(supervision.state("s0").state, "ejected");
  const refused = answers.filter((answer) => answer === "SERVER_ERROR connect s0: ECONNREFUSED");
  t.equal(refused.length, 3, "as many as eject");
  t.same(new Set(answers.slice(3)), new Set(["SERVER_ERROR ejected s0: out of service"]));
});

t.test("three of eight connections lost in one moment are one failure", async (t) => {
  const { peers, supervision, client } = await setUp(t, 2, { connections: 8, timeout: 5_000 });
  const keys = keysOf(0, 64);
  peers[0]!.silence();
  await client.send(keys.map((key) => `get ${key}\r\n`).join(""));
  await until(() => peers[0]!.requests.length === keys.length);
  const connections = await Promise.all(Array.from({ length: 8 }, () => peers[0]!.nextConnection()));
  for (const connection of connections.slice(0, 3)) connection.reset();
  await until(() => peers[0]!.open === 5);
  serveAs(peers[0]!, "s0");
  for (const connection of connections.slice(3)) {
    const own = connection.received.toString("latin1").match(/get (\S+)/g) ?? [];
    await connection.send(own.map(() => "END\r\n").join(""));
  }
  for (const _ of keys) t.match(await client.readLine(), /^(SERVER_ERROR connection_lost s0: |END$)/);
  t.equal(supervision.state("s0").state, "ready");
  for (const key of keys) await client.exchange(`get ${key}\r\n`, answerFrom(key, "s0"));
  t.equal(supervision.state("s0").counts.ejections, 0);
  await client.expectInStep();
});

t.test("connections lost one after the other, each with requests on it, do eject", async (t) => {
  const { peers, supervision, client } = await setUp(t, 2, { eject: failFast });
  const [key] = keysOf(0, 1);
  peers[0]!.answer((_request, connection) => {
    connection.reset();
    return null;
  });
  for (let i = 0; i < 3; i++) {
    t.equal(supervision.state("s0").state, "ready");
    await client.send(`get ${key}\r\n`);
    t.match(await client.readLine(), /^SERVER_ERROR connection_lost s0: /);
  }
  t.equal(supervision.state("s0").state, "ejected");
});

t.test(
  "a server that ends the connection of a client who stalls within a value is not to blame",
  async (t) => {
    const { peers, plane, supervision, client } = await setUp(t, 2, { eject: { ...failFast, failures: 1 } });
    const [key] = keysOf(0, 1);
    await client.send(`set ${key} 0 0 200000\r\n${"x".repeat(1_000)}`);
    const connection = await peers[0]!.nextConnection();
    await until(() => connection.received.length > 1_000);
    connection.close();
    await until(() => plane.poolErrors("connection_lost") === 1);
    t.equal(supervision.state("s0").state, "ready");
  },
);
