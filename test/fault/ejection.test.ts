/** Ejection end to end: a data plane and its control plane in one thread, with real sockets and a clock moved by hand. */
import t, { type Test } from "tap";
import type { EjectOptions, PoolOptions } from "../../src/upstream/pool-options.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { keysOf, Plane, planeSnapshot } from "../support/plane.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { Supervision } from "../support/supervised-plane.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

const eject: EjectOptions = {
  failures: 3,
  window: 10_000,
  backoff: 1_000,
  max_backoff: 8_000,
  max_percent: 50,
  on_eject: "fail_fast",
};

/** Answers each get with the server's own name as the value, and probes as a memcached does. */
function serveAs(peer: ScriptedServer, name: string): void {
  peer.answer((request) => {
    const [word, ...keys] = request.trim().split(" ");
    if (word === "version") return "VERSION 1.6\r\n";
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
  const addresses = peers.map(({ address }) => address);
  const snapshot = (more: Partial<PoolOptions> = {}) =>
    planeSnapshot(addresses, { pool: { timeout: 200, eject, ...pool, ...more } });
  await supervision.apply(snapshot());
  const client = await WireClient.connect(plane.address);
  t.teardown(() => client.close());
  const get = async (key: string): Promise<string> => {
    await client.send(`get ${key}\r\n`);
    const line = await client.readLine();
    if (!line.startsWith("VALUE")) return line;
    const value = await client.readLine();
    await client.expect("END\r\n");
    return value;
  };
  /** Attempts to connect are paused; this lets the next one take place. */
  const getAfterPause = async (key: string): Promise<string> => {
    clock.advance(1_000);
    return await get(key);
  };
  return { clock, peers, plane, supervision, snapshot, client, get, getAfterPause };
}

const refused = (server: string) => `SERVER_ERROR connect ${server}: ECONNREFUSED`;
const out = (server: string) => `SERVER_ERROR ejected ${server}: out of service`;

t.test("fail_fast: the failing server's keys fail at once, all others stay where they are", async (t) => {
  const { clock, peers, supervision, get, getAfterPause } = await setUp(t, 3);
  const keys = [0, 1, 2].map((index) => keysOf(index, 5, { count: 3 }));
  for (const [index, own] of keys.entries()) for (const key of own) t.equal(await get(key), `s${index}`);
  const bad = keys[1]![0]!;
  await peers[1]!.refuse();
  peers[1]!.resetAll();
  await until(async () => (await getAfterPause(bad)) === refused("s1"));
  while (supervision.state("s1").state === "ready") t.equal(await getAfterPause(bad), refused("s1"));
  for (const key of keys[1]!) t.equal(await get(key), out("s1"));
  for (const index of [0, 2]) for (const key of keys[index]!) t.equal(await get(key), `s${index}`);
  const before = peers[1]!.requests.length;

  await peers[1]!.listen();
  t.equal(await get(bad), out("s1"), "that it is back does not count before a probe has shown it");
  t.equal(supervision.state("s1").nextProbe, 1_000);
  clock.advance(999);
  t.equal(await get(bad), out("s1"));
  clock.advance(1);
  await until(() => supervision.state("s1").state === "ready");
  t.same(peers[1]!.requests.slice(before), ["version\r\n"], "the probe came first");
  for (const [index, own] of keys.entries()) for (const key of own) t.equal(await get(key), `s${index}`);
  t.same(supervision.logs, ["warn s1: server ejected", "info s1: server readmitted"]);
});

t.test(
  "rehash: the failing server's keys go to others, all others stay, and come back with it",
  async (t) => {
    const { clock, peers, supervision, get, getAfterPause } = await setUp(t, 3, {
      eject: { ...eject, on_eject: "rehash" },
    });
    const keys = [0, 1, 2].map((index) => keysOf(index, 20, { count: 3 }));
    const bad = keys[1]![0]!;
    await peers[1]!.refuse();
    peers[1]!.resetAll();
    while (supervision.state("s1").state === "ready") await getAfterPause(bad);
    const takers = new Set<string>();
    for (const key of keys[1]!) takers.add(await get(key));
    t.same([...takers].sort(), ["s0", "s2"]);
    for (const index of [0, 2]) for (const key of keys[index]!) t.equal(await get(key), `s${index}`);
    await peers[1]!.listen();
    clock.advance(1_000);
    await until(() => supervision.state("s1").state === "ready");
    for (const [index, own] of keys.entries()) for (const key of own) t.equal(await get(key), `s${index}`);
  },
);

t.test("failures are counted in a row: an answer in between clears them", async (t) => {
  const { clock, peers, plane, supervision, client, get } = await setUp(t, 2);
  const [key] = keysOf(0, 1);
  await get(key!);
  const connection = await peers[0]!.nextConnection();
  const miss = async (): Promise<void> => {
    peers[0]!.silence();
    const { length } = peers[0]!.requests;
    await client.send(`get ${key}\r\n`);
    await until(() => peers[0]!.requests.length > length);
    clock.advance(250);
    await client.expect("SERVER_ERROR timeout s0: no answer within 200 ms\r\n");
    // Ends the silence before it costs the connection.
    await connection.send("END\r\n");
    serveAs(peers[0]!, "s0");
  };
  await miss();
  await miss();
  t.equal(await get(key!), "s0");
  await miss();
  await miss();
  t.equal(supervision.state("s0").state, "ready");
  await miss();
  t.equal(supervision.state("s0").state, "ejected");
  t.equal(supervision.state("s0").reason, "timeout: no answer within 200 ms");
  t.equal(plane.reports.length, 1);
});

t.test("failures further apart than the window are not counted together", async (t) => {
  const { clock, peers, supervision, get, getAfterPause } = await setUp(t, 2);
  const [key] = keysOf(0, 1);
  await peers[0]!.refuse();
  t.equal(await get(key!), refused("s0"));
  t.equal(await getAfterPause(key!), refused("s0"));
  clock.advance(10_000);
  t.equal(await get(key!), refused("s0"));
  t.equal(await getAfterPause(key!), refused("s0"));
  t.equal(supervision.state("s0").state, "ready");
  t.equal(await getAfterPause(key!), refused("s0"));
  t.equal(supervision.state("s0").state, "ejected");
});

t.test("the pause before the next probe grows to its cap while probes fail", async (t) => {
  const { clock, peers, supervision, get, getAfterPause } = await setUp(t, 2);
  const [key] = keysOf(0, 1);
  await peers[0]!.refuse();
  while (supervision.state("s0").state === "ready") await getAfterPause(key!);
  for (const [i, pause] of [1_000, 2_000, 4_000, 8_000, 8_000].entries()) {
    t.equal(supervision.state("s0").nextProbe, pause);
    clock.advance(pause);
    await until(() => supervision.state("s0").counts.probeFailures === i + 1);
    t.equal(await get(key!), out("s0"));
  }
  await peers[0]!.listen();
  clock.advance(8_000);
  await until(() => supervision.state("s0").state === "ready");
  t.equal(await get(key!), "s0");
});

t.test("a server that accepts and says nothing is not readmitted by its accepting", async (t) => {
  const { clock, peers, supervision, client, get } = await setUp(t, 2);
  const [key] = keysOf(0, 1);
  peers[0]!.silence();
  while (supervision.state("s0").state === "ready") {
    await client.send(`get ${key}\r\n`);
    await peers[0]!.waitFor(`get ${key}\r\n`);
    clock.advance(250);
    t.match(await client.readLine(), /^SERVER_ERROR timeout s0: /);
  }
  clock.advance(1_000);
  await peers[0]!.waitFor("version\r\n");
  clock.advance(10_200);
  await until(() => supervision.state("s0").counts.probeFailures === 1);
  t.equal(await get(key!), out("s0"));
  serveAs(peers[0]!, "s0");
  clock.advance(2_000);
  await until(() => supervision.state("s0").state === "ready");
  t.equal(await get(key!), "s0");
});

t.test("no more than the cap is ejected at once, and one server always stays", async (t) => {
  const { peers, supervision, getAfterPause } = await setUp(t, 3);
  for (const peer of peers) await peer.refuse();
  const keys = [0, 1, 2].map((index) => keysOf(index, 1, { count: 3 })[0]!);
  for (let round = 0; round < 6; round++) {
    for (const key of keys) await getAfterPause(key);
  }
  const states = ["s0", "s1", "s2"].map((server) => supervision.state(server).state);
  t.equal(states.filter((state) => state === "ready").length, 2, `50 % of three is one: ${states}`);
  t.ok(supervision.logs.some((line) => line.includes("server is failing but stays")));
});

t.test("an answer in flight at the moment of ejection still arrives", async (t) => {
  const { clock, peers, supervision, client, get } = await setUp(t, 2, {
    eject: { ...eject, failures: 1 },
  });
  const [key] = keysOf(0, 1);
  await get(key!);
  const connection = await peers[0]!.nextConnection();
  peers[0]!.silence();
  await client.send(`get ${key}\r\n`);
  await peers[0]!.waitFor(`get ${key}\r\nget ${key}\r\n`);
  clock.advance(150);
  await client.send(`get ${key}\r\n`);
  await peers[0]!.waitFor(`get ${key}\r\n`);
  clock.advance(100);
  t.equal(await client.readLine(), "SERVER_ERROR timeout s0: no answer within 200 ms");
  t.equal(supervision.state("s0").state, "ejected");
  await connection.send(`END\r\nVALUE ${key} 0 4\r\nkept\r\nEND\r\n`);
  await client.expect(`VALUE ${key} 0 4\r\nkept\r\nEND\r\n`);
});

t.test("active probes eject a server that has no traffic, before a client meets it", async (t) => {
  const { clock, peers, supervision, get } = await setUp(t, 2, {
    health: { interval: 1_000, timeout: 300 },
  });
  const [key] = keysOf(0, 1);
  await peers[0]!.refuse();
  for (let round = 0; supervision.state("s0").state === "ready" && round < 10; round++) {
    const { probes } = supervision.state("s0").counts;
    clock.advance(round === 0 ? 0 : 1_000);
    await until(
      () =>
        supervision.state("s0").counts.probes > probes &&
        ["s0", "s1"].every((server) => supervision.state(server).nextProbe !== null),
    );
  }
  t.equal(supervision.state("s0").reason, "probe: connect ECONNREFUSED");
  t.equal(await get(key!), out("s0"), "the client is told at once, without an attempt to connect");
  await peers[0]!.listen();
  clock.advance(1_000);
  await until(() => supervision.state("s0").state === "ready");
  t.equal(await get(key!), "s0");
});

t.test("a reload tells the data plane again who is out, even where it makes the servers anew", async (t) => {
  const { peers, supervision, snapshot, get, getAfterPause } = await setUp(t, 2);
  const [key] = keysOf(0, 1);
  await peers[0]!.refuse();
  while (supervision.state("s0").state === "ready") await getAfterPause(key!);
  t.equal(await get(key!), out("s0"));
  await supervision.apply(snapshot());
  t.equal(await get(key!), out("s0"));
  await supervision.apply(snapshot({ timeout: 300 }));
  t.equal(await get(key!), out("s0"));
  await supervision.apply(snapshot({ eject: null }));
  t.equal(await get(key!), refused("s0"), "ejection is turned off");
});
