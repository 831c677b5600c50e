/** Reloads while clients run: every answer is verified against its key, and no connection is lost. */
import { existsSync, renameSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import t, { type Test } from "tap";
import { upstreamError } from "../../src/observe/metric-labels.ts";
import { LISTENER, POOL } from "../../src/observe/metric-layout.ts";
import type { Snapshot } from "../../src/proxy/listener-options.ts";
import type { PoolOptions, ServerOptions } from "../../src/upstream/pool-options.ts";
import { freePort } from "../support/free-port.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { keysOf, listenerOptions, type Plane, planeSnapshot, startPlane } from "../support/plane.ts";
import { serverOptions } from "../support/pools.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { serveKeysAsValues, VerifiedTraffic } from "../support/verified-traffic.ts";
import { WireClient } from "../support/wire-client.ts";

async function setUp(t: Test, count = 4) {
  const peers = await Promise.all(Array.from({ length: count }, () => ScriptedServer.start(t)));
  for (const peer of peers) serveKeysAsValues(peer);
  const server = (index: number, more: Partial<ServerOptions> = {}) =>
    serverOptions(`s${index}`, 0, { name: `s${index}`, address: peers[index]!.address, ...more });
  const plane = await startPlane(t, [peers[0]!.address, peers[1]!.address]);
  expectNothingBuffered(t, plane);
  const traffic = await VerifiedTraffic.start(t, plane.address, 8);
  const apply = async (servers: readonly ServerOptions[], pool: Partial<PoolOptions> = {}): Promise<void> => {
    await plane.plane.apply(planeSnapshot([], { pool: { ...pool, servers } }));
    await traffic.moreRounds();
  };
  /** Every answer was right, and nobody was cut off. */
  const expectUnharmed = async (): Promise<void> => {
    await traffic.moreRounds();
    t.same(traffic.failures, []);
    t.equal(traffic.connected, 8);
    const block = plane.block("pool", "pool");
    for (const [kind, index] of Object.entries(upstreamError)) t.equal(block[POOL.errors + index], 0, kind);
  };
  return { peers, plane, server, traffic, apply, expectUnharmed };
}

t.test("servers are added, removed, and come back", async (t) => {
  const { peers, server, apply, expectUnharmed } = await setUp(t);
  for (let round = 0; round < 5; round++) {
    await apply([server(0), server(1), server(2), server(3)]);
    await apply([server(1), server(3)]);
    await until(() => peers[0]!.open === 0 && peers[2]!.open === 0, "the connections of removed servers end");
    await apply([server(0), server(1)]);
  }
  t.ok(peers.every((peer) => peer.requests.length > 0));
  await expectUnharmed();
});

t.test("weights change, and only what has to changes its server", async (t) => {
  const { peers, server, apply, expectUnharmed } = await setUp(t);
  const all = [0, 1, 2, 3];
  await apply(all.map((index) => server(index)));
  for (const weight of [5, 1, 100]) {
    await apply(all.map((index) => server(index, { weight: index === 0 ? weight : 1 })));
  }
  const before = peers.map((peer) => peer.requests.length);
  await apply(all.map((index) => server(index, { weight: index === 0 ? 100 : 1 })));
  const grown = peers.map((peer, i) => peer.requests.length - before[i]!);
  t.ok(grown[0]! > 4 * Math.max(...grown.slice(1)), `the heavy server gets most: ${grown}`);
  t.ok(
    peers.every((peer) => peer.accepted === 1),
    "and all on the connections that they had",
  );
  await expectUnharmed();
});

t.test("a draining server gets nothing new, and its keys come back to it afterwards", async (t) => {
  const { peers, server, apply, traffic, expectUnharmed } = await setUp(t);
  await apply([server(0), server(1)]);
  await apply([server(0, { drain: true }), server(1)]);
  const { length } = peers[0]!.requests;
  await traffic.moreRounds();
  t.equal(peers[0]!.requests.length, length);
  await apply([server(0), server(1)]);
  t.ok(peers[0]!.requests.length > length);
  await expectUnharmed();
});

t.test("what is in flight at a removed server is answered", async (t) => {
  const { peers, plane, apply, server } = await setUp(t);
  const [key] = keysOf(0, 1, { prefix: "held" });
  const client = await WireClient.connect(plane.address);
  t.teardown(() => client.close());
  peers[0]!.answer((request) => {
    if (request.includes(key!)) return null;
    const keys = request.trim().split(" ").slice(1);
    return request.startsWith("set")
      ? "STORED\r\n"
      : `${keys.map((k) => `VALUE ${k} 0 ${k.length}\r\n${k}\r\n`).join("")}END\r\n`;
  });
  const connection = await peers[0]!.nextConnection();
  await client.send(`get ${key}\r\n`);
  await until(() => peers[0]!.requests.includes(`get ${key}\r\n`));
  await plane.plane.apply(planeSnapshot([], { pool: { servers: [server(1)] } }));
  t.notOk(connection.ended);
  await connection.send(`VALUE ${key} 0 4\r\nkept\r\nEND\r\n`);
  await client.readUntil("kept\r\nEND\r\n");
  await client.expectInStep();
  await apply([server(1)]);
});

t.test("timeouts, limits, rings and policies change", async (t) => {
  const { server, apply, expectUnharmed } = await setUp(t);
  const servers = [server(0), server(1), server(2)];
  const eject = { failures: 3, window: 1_000, backoff: 100, max_backoff: 1_000, max_percent: 50 };
  await apply(servers, { timeout: 5_000 });
  await apply(servers, { connections: 4 });
  await apply(servers, { eject: { ...eject, on_eject: "rehash" } });
  await apply(servers, { ring: { distribution: "modula", hash: "crc32" } });
  await apply(servers, { ring: { distribution: "maglev", hash: "xxh3" } });
  await apply(servers, { limits: { requests: 500, bytes: 1 << 20, large_values: 16 }, on_error: "error" });
  await apply(servers);
  await expectUnharmed();
});

/** The snapshot of `names`, each a listener of its own on a free port. */
function withListeners(snapshot: Snapshot, names: readonly string[]): Snapshot {
  return { ...snapshot, memcache: names.map((name) => listenerOptions({ name })) };
}

function addressOf(plane: Plane, name: string) {
  return plane.plane.addresses()[name]!;
}

t.test(
  "listeners are added, removed and changed; who has nothing to do with it notices nothing",
  async (t) => {
    const { peers, plane, server, expectUnharmed } = await setUp(t);
    const snapshot = planeSnapshot([], { pool: { servers: [server(0), server(1)] } });
    await plane.plane.apply(withListeners(snapshot, ["cache", "second"]));
    const second = await WireClient.connect(addressOf(plane, "second"));
    t.teardown(() => second.close());
    await second.exchange("mn\r\n", "MN\r\n");
    await second.send("get held\r\n");
    await second.readUntil("END\r\n");
    const gone = addressOf(plane, "second");
    await plane.plane.apply(withListeners(snapshot, ["cache", "third"]));
    await second.expectClose();
    await until(
      async () =>
        await WireClient.connect(gone).then(
          (client) => client.close() ?? false,
          () => true,
        ),
      "the removed listener's port is free",
    );
    const third = await WireClient.connect(addressOf(plane, "third"));
    t.teardown(() => third.close());
    await third.exchange("mn\r\n", "MN\r\n");
    t.equal(peers[2]!.requests.length, 0);
    await expectUnharmed();
  },
);

t.test("a listener's limits, pool and routes change under its clients", async (t) => {
  const { peers, plane, server, traffic, expectUnharmed } = await setUp(t);
  const pool = planeSnapshot([], { pool: { servers: [server(0), server(1)] } }).pools["pool"]!;
  const other: PoolOptions = { ...pool, name: "other", servers: [server(2), server(3)] };
  const apply = (more: Parameters<typeof listenerOptions>[0], limits = {}) =>
    plane.plane.apply({
      ...planeSnapshot([]),
      memcache: [listenerOptions(more, limits)],
      pools: { pool, other },
    });
  await apply({ routes: [{ prefix: "k1", pool: "other" }] }, { requests: 2 });
  await traffic.moreRounds();
  t.ok(peers[2]!.requests.every((request) => / k1/.test(request)));
  await apply({ pool: "other" }, { requests: 1 });
  await traffic.moreRounds();
  const { length } = peers[0]!.requests;
  await traffic.moreRounds();
  t.equal(peers[0]!.requests.length, length);
  await apply({});
  await expectUnharmed();
});

t.test("a renamed listener keeps its port and its clients, and counts under its new name", async (t) => {
  const peer = await ScriptedServer.start(t);
  const listen = { host: "127.0.0.1", port: await freePort() };
  const plane = await startPlane(t, [peer.address], { listener: { listen } });
  expectNothingBuffered(t, plane);
  const client = await WireClient.connect(listen);
  await client.exchange("mn\r\n", "MN\r\n");
  await plane.plane.apply(
    planeSnapshot([peer.address], { listener: { listen, name: "renamed", backlog: 16 } }),
  );
  await client.exchange("mn\r\n", "MN\r\n");
  const open = (name: string) => plane.block("listener", name)[LISTENER.openConnections];
  t.same([open("cache"), open("renamed")], [0, 1]);
  client.close();
  await until(() => open("renamed") === 0);
  t.same(plane.plane.addresses(), { renamed: listen });
});

t.test(
  "a listener whose port is taken is refused with all that came with it, and the old stays in force",
  async (t) => {
    const { peers, plane, server, expectUnharmed } = await setUp(t);
    const taken = peers[3]!.address;
    const snapshot = planeSnapshot([], { pool: { servers: [server(2)] } });
    const bad: Snapshot = {
      ...snapshot,
      memcache: [
        listenerOptions(),
        listenerOptions({ name: "new" }),
        listenerOptions({ name: "bad", listen: taken }),
      ],
    };
    await t.rejects(plane.plane.apply(bad), {
      message: /^listener bad cannot listen on 127\.0\.0\.1:\d+: another process has it/,
    });
    t.same(Object.keys(plane.plane.addresses()), ["cache"]);
    await expectUnharmed();
    t.equal(peers[2]!.accepted, 0, "the new servers were not used");
  },
);

/** A socket file that nobody listens on: to find that out takes whoever opens it a turn of the event loop. */
async function staleSocket(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`${path}.new`, resolve));
  renameSync(`${path}.new`, path);
  await new Promise((resolve) => server.close(resolve));
}

t.test("who connects to a new listener before the snapshot comes to nothing is let go", async (t) => {
  const { peers, plane, server, expectUnharmed } = await setUp(t);
  const folder = await tempDir(t);
  const snapshot = planeSnapshot([], { pool: { servers: [server(0), server(1)] } });
  const slow = Array.from({ length: 12 }, (_, index) => join(folder, `slow-${index}`));
  for (const path of slow) await staleSocket(path);
  const early = join(folder, "early");
  let over = false;
  const attempt = plane.plane.apply({
    ...snapshot,
    memcache: [
      listenerOptions(),
      listenerOptions({ name: "early", listen: { path: early } }),
      ...slow.map((path) => listenerOptions({ name: path, listen: { path } })),
      listenerOptions({ name: "bad", listen: peers[3]!.address }),
    ],
  });
  const refused = t.rejects(attempt, { message: /^listener bad/ }).finally(() => {
    over = true;
  });
  await until(() => over || existsSync(early));
  const client = await WireClient.connect({ path: early });
  t.teardown(() => client.close());
  await refused;
  t.equal(plane.block("listener", "early")[LISTENER.connections], 1, "the client was taken");
  await client.expectClose();
  t.equal(plane.block("listener", "early")[LISTENER.openConnections], 0);
  await expectUnharmed();
});
