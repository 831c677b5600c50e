/** Reloads under HTTP traffic: every answer is held against what was asked, and no connection is lost. */
import t, { type Test } from "tap";
import { httpUpstreamError } from "../../src/observe/http-metric-labels.ts";
import { HTTP_LISTENER, HTTP_POOL } from "../../src/observe/metric-layout.ts";
import type { HttpListenerOptions } from "../../src/proxy/http/http-listener-options.ts";
import type { Snapshot } from "../../src/proxy/listener-options.ts";
import type { ServerOptions } from "../../src/upstream/pool-options.ts";
import { freePort } from "../support/free-port.ts";
import { get, head, ok, request } from "../support/http-messages.ts";
import {
  type HttpPlaneOptions,
  httpPoolOptions,
  httpRoute,
  httpSnapshot,
  startHttpPeer,
  startHttpPlane,
} from "../support/http-plane.ts";
import { HttpTraffic, readAnswer, serveEchoes } from "../support/http-traffic.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { keysOf, namedServers } from "../support/plane.ts";
import type { ScriptedConnection } from "../support/scripted-server.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

const route = { hash: [{ kind: "path" as const }] };

/** Traffic of 8 clients over the first two of four servers. */
async function setUp(t: Test) {
  const peers = await Promise.all(Array.from({ length: 4 }, () => startHttpPeer(t)));
  for (const [i, peer] of peers.entries()) serveEchoes(peer, `s${i}`);
  const all = namedServers(peers.map(({ address }) => address));
  const server = (index: number, more: Partial<ServerOptions> = {}) => ({ ...all[index]!, ...more });
  const snapshot = (servers: readonly ServerOptions[], options: HttpPlaneOptions = {}) =>
    httpSnapshot([], { route, ...options, pool: { ...options.pool, servers } });
  const plane = await startHttpPlane(t, [peers[0]!.address, peers[1]!.address], { route });
  expectNothingBuffered(t, plane);
  const traffic = HttpTraffic.start(t, plane.address, 8);
  await traffic.more();
  const take = async (next: Snapshot): Promise<void> => {
    await plane.plane.apply(next);
    await traffic.more(8);
  };
  const apply = (servers: readonly ServerOptions[], options?: HttpPlaneOptions) =>
    take(snapshot(servers, options));
  const connect = async (address = plane.address): Promise<WireClient> => {
    const client = await WireClient.connect(address);
    t.teardown(() => client.close());
    return client;
  };
  /** Every answer was right, nobody was cut off, and nothing failed on the way. */
  const expectUnharmed = async (): Promise<void> => {
    await traffic.more();
    t.same(traffic.failures, []);
    t.equal(traffic.connects, 8, "nobody had to connect again");
    const block = plane.block("httpPool", "pool");
    for (const [kind, index] of Object.entries(httpUpstreamError)) {
      t.equal(block[HTTP_POOL.errors + index], 0, kind);
    }
  };
  return { peers, plane, server, snapshot, traffic, take, apply, connect, expectUnharmed };
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

t.test("weights change, and connections stay", async (t) => {
  const { peers, server, apply, expectUnharmed } = await setUp(t);
  const all = [0, 1, 2, 3];
  const weighted = (weight: number) => all.map((index) => server(index, index === 0 ? { weight } : {}));
  await apply(weighted(1));
  for (const weight of [5, 1, 100, 100]) await apply(weighted(weight));
  const before = peers.map(({ requests, accepted }) => ({ asked: requests.length, accepted }));
  await apply(weighted(100));
  const grown = peers.map((peer, i) => peer.requests.length - before[i]!.asked);
  t.ok(grown[0]! > 4 * Math.max(...grown.slice(1)), `the heavy server gets most: ${grown}`);
  t.ok(
    peers.every(({ accepted }) => accepted <= 8),
    "no more connections than there are clients",
  );
  await expectUnharmed();
});

t.test("a draining server gets nothing new, and its keys come back to it afterwards", async (t) => {
  const { peers, server, traffic, apply, expectUnharmed } = await setUp(t);
  const homes = new Map(traffic.homes);
  await apply([server(0, { drain: true }), server(1)]);
  const { length } = peers[0]!.requests;
  await traffic.more();
  t.equal(peers[0]!.requests.length, length);
  await apply([server(0), server(1)]);
  traffic.homes.clear();
  await traffic.more(100);
  const moved = [...traffic.homes].filter(([path, home]) => (homes.get(path) ?? home) !== home);
  t.same(moved, []);
  await expectUnharmed();
});

t.test("settings of the pool change, one after the other", async (t) => {
  const { server, apply, expectUnharmed } = await setUp(t);
  const servers = [server(0), server(1), server(2)];
  const eject = { failures: 3, window: 1_000, backoff: 100, max_backoff: 1_000, max_percent: 50 };
  await apply(servers, { pool: { timeout: 5_000 } });
  await apply(servers, { pool: { connections: 2 } });
  await apply(servers, { pool: { connections: 1 }, http: { pending: 1_000 } });
  await apply(servers, { http: { requests_per_connection: 3 } });
  await apply(servers, { http: { balance_factor: 1.25, slow_start: 1_000, panic: 50 } });
  await apply(servers, { http: { host: "server" } });
  await apply(servers, { retry: { attempts: 3, on: ["reset", 503], buffer: 16 } });
  await apply(servers, { pool: { eject: { ...eject, on_eject: "rehash" } } });
  await apply(servers, { pool: { ring: { distribution: "maglev", hash: "xxh3" } } });
  await apply(servers, { pool: { ring: { distribution: "modula", hash: "crc32" } } });
  await apply(servers);
  await expectUnharmed();
});

t.test("routes, pools and keys change under the clients of a listener", async (t) => {
  const { peers, server, snapshot, take, expectUnharmed } = await setUp(t);
  const base = snapshot([server(0), server(1)]);
  const other = httpPoolOptions("other", [server(2), server(3)]);
  const withRoutes = (routes: HttpListenerOptions["routes"], more: Partial<HttpListenerOptions> = {}) => ({
    ...base,
    http: [{ ...base.http![0]!, routes, ...more }],
    pools: { ...base.pools, other },
  });
  const all = httpRoute(route);
  const headers = [{ name: "host", value: "h" }];
  await take(withRoutes([httpRoute({ ...route, name: "new", pool: "other" }), all]));
  const { length } = peers[0]!.requests;
  await take(withRoutes([httpRoute({ name: "host", headers, pool: "other" }), all]));
  t.equal(peers[0]!.requests.length, length, "all go to the other pool");
  await take(withRoutes([all]));
  t.ok(peers[0]!.requests.length > length);
  await take(withRoutes([httpRoute({ ...route, timeout: 60_000, priority: "high" })]));
  await take(withRoutes([httpRoute({ hash: [{ kind: "source_ip" }] })]));
  await take(withRoutes([httpRoute()]));
  const limits = { ...base.http![0]!.limits, body: 1 << 20, headers: 50, buffer: 65_536 };
  await take(withRoutes([all], { limits, idle_timeout: 60_000, access_log: 1, backlog: 16 }));
  const forwarded = { ...base.http![0]!.forwarded, via: "podmate", x_forwarded_for: "append" } as const;
  await take(withRoutes([all], { forwarded }));
  await take(base);
  await expectUnharmed();
});

t.test("listeners come and go beside it, and one is renamed", async (t) => {
  const { plane, server, snapshot, take, connect, expectUnharmed } = await setUp(t);
  const base = snapshot([server(0), server(1)]);
  const listener = (name: string, more: Partial<HttpListenerOptions> = {}) => ({
    ...base.http![0]!,
    name,
    ...more,
  });
  const fixed = { host: "127.0.0.1", port: await freePort() };
  await take({ ...base, http: [listener("web"), listener("first", { listen: fixed })] });
  const kept = await connect(fixed);
  t.equal((await askFor(kept, "/a")).status, 200);
  await take({ ...base, http: [listener("second", { listen: fixed }), listener("web"), listener("third")] });
  t.equal((await askFor(kept, "/a")).status, 200, "a new name is no new listener");
  const open = (name: string) => plane.block("httpListener", name)[HTTP_LISTENER.openConnections];
  t.same([open("first"), open("second")], [0, 1]);
  const third = await connect(plane.plane.addresses()["third"]);
  t.equal((await askFor(third, "/a")).status, 200);
  await take(base);
  await kept.expectClose();
  await third.expectClose();
  t.same(Object.keys(plane.plane.addresses()), ["web"]);
  await expectUnharmed();
});

t.test("what cannot be taken into force as a whole changes nothing", async (t) => {
  const { peers, plane, server, snapshot, traffic, expectUnharmed } = await setUp(t);
  const base = snapshot([server(2)]);
  const bad = { ...base.http![0]!, name: "bad", listen: peers[3]!.address };
  await t.rejects(plane.plane.apply({ ...base, http: [...base.http!, bad] }), {
    message: /^listener bad cannot listen on 127\.0\.0\.1:\d+: another process has it/,
  });
  await traffic.more();
  t.same(Object.keys(plane.plane.addresses()), ["web"]);
  t.equal(peers[2]!.accepted, 0, "the new server was not used");
  await expectUnharmed();
});

t.test("what is under way at a server that is removed goes on to its end", async (t) => {
  const { peers, plane, server, snapshot, connect, expectUnharmed } = await setUp(t);
  const [own] = keysOf(0, 1, { prefix: "/held-" }) as [string];
  const held: ScriptedConnection[] = [];
  peers[0]!.answer((text, connection) => {
    if (!text.includes(own)) return ok(echo("s0", text));
    held.push(connection);
    return null;
  });
  const download = await connect();
  await download.send(get(own));
  await until(() => held.length === 1);
  await held[0]!.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
  await download.readUntil("abc");
  const upload = await connect();
  const begun = `${request("POST", own, "Content-Length: 4")}ab`;
  await upload.send(begun);
  await peers[0]!.waitFor(begun);
  await plane.plane.apply(snapshot([server(1)]));
  await upload.send("cd");
  await until(() => held.length === 2);
  await held[1]!.send(ok("taken"));
  await upload.expect(ok("taken"));
  await held[0]!.send("def");
  await download.expect("def");
  for (const client of [download, upload]) t.match((await askFor(client, own)).body, /^s1 /);
  await until(() => peers[0]!.open === 0);
  await expectUnharmed();
});

t.test("a tunnel outlives the reload that removes its server", async (t) => {
  const { peers, plane, server, snapshot, connect, expectUnharmed } = await setUp(t);
  const [own] = keysOf(0, 1, { prefix: "/tunnel-" }) as [string];
  peers[0]!.answer((text) => (text.includes(own) ? switching : ok(echo("s0", text))));
  const client = await connect();
  await client.send(get(own, "Upgrade: x", "Connection: Upgrade"));
  await client.readUntil("\r\n\r\n");
  await plane.plane.apply(snapshot([server(1)]));
  await until(() => peers[0]!.open === 1, "the other connections of the server end");
  await client.send("ping");
  await peers[0]!.waitFor("ping");
  client.close();
  await until(() => peers[0]!.open === 0);
  await expectUnharmed();
});

const switching = head("HTTP/1.1 101 Switching Protocols", "Upgrade: x", "Connection: Upgrade");

function echo(name: string, text: string): string {
  const [lines = "", body = ""] = text.split("\r\n\r\n");
  return `${name} ${lines.split(" ")[1]} ${body}`;
}

async function askFor(client: WireClient, path: string) {
  await client.send(get(path));
  return await readAnswer(client);
}
