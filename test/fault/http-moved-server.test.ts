/** A server of HTTP that goes and is found again at another address: clients notice nothing that a retry can hide. */
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { formatAddress } from "../../src/core/address.ts";
import { HTTP_SERVER } from "../../src/observe/metric-layout.ts";
import type { DiscoverOptions } from "../../src/upstream/discover-options.ts";
import type { EjectOptions } from "../../src/upstream/pool-options.ts";
import { type Names, servers, startAmbassador } from "../support/discovering-ambassador.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { get, ok } from "../support/http-messages.ts";
import { HttpPlane, type HttpPlaneOptions, httpSnapshot, startHttpPeer } from "../support/http-plane.ts";
import { HttpTraffic, serveEchoes } from "../support/http-traffic.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import type { ScriptedServer } from "../support/scripted-server.ts";
import { Supervision } from "../support/supervised-plane.ts";
import { tempDir } from "../support/temp-dir.ts";
import { turns, until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

const route = { hash: [{ kind: "path" as const }] };

/** Out for good unless something else brings it back than a probe. */
const eject: EjectOptions = {
  failures: 2,
  window: 60_000,
  backoff: 3_600_000,
  max_backoff: 3_600_000,
  max_percent: 50,
  on_eject: "rehash",
};

async function startNamed(t: Test, name: string, host = "127.0.0.1", port = 0): Promise<ScriptedServer> {
  const peer = await startHttpPeer(t, { host, port });
  serveEchoes(peer, name);
  return peer;
}

/** Two servers at one port of two addresses of this machine. */
async function startTwins(t: Test): Promise<{ port: number; one: ScriptedServer; two: ScriptedServer }> {
  for (;;) {
    const one = await startNamed(t, "one");
    const { port } = one.address as { port: number };
    try {
      return { port, one, two: await startNamed(t, "two", "127.0.0.2", port) };
    } catch {
      // The port is taken there; take another.
    }
  }
}

/** A file of servers that is replaced as a whole, as ConfigMaps are. */
async function serversFile(t: Test) {
  const folder = await tempDir(t);
  const path = join(folder, "servers.json");
  const write = async (peers: Record<string, ScriptedServer>): Promise<void> => {
    const list = Object.entries(peers).map(([name, { address }]) => ({
      name,
      address: formatAddress(address),
    }));
    await writeFile(`${path}.new`, JSON.stringify(list));
    await rename(`${path}.new`, path);
  };
  return { path, write };
}

/** An ambassador with a real worker, and traffic through it. */
async function startFinding(
  t: Test,
  discover: DiscoverOptions,
  options: HttpPlaneOptions = {},
  names: Names = {},
) {
  const started = await startAmbassador(t, names);
  const { ambassador } = started;
  await ambassador.apply(
    httpSnapshot([], { route, ...options, pool: { discover, ...options.pool, servers: [] } }),
  );
  const address = ambassador.listeners[0]!.listen;
  return { ...started, address };
}

t.test(
  "a server that another one replaces under its name: its keys go there, and no request fails",
  async (t) => {
    const { path, write } = await serversFile(t);
    const [a, b, next] = [await startNamed(t, "a"), await startNamed(t, "b"), await startNamed(t, "next")];
    await write({ a, b });
    const { address, ambassador, metrics } = await startFinding(t, { kind: "file", path });
    const traffic = HttpTraffic.start(t, address, 6);
    await traffic.more(20);
    const homes = new Map(traffic.homes);
    await write({ a, b: next });
    await until(() => next.requests.length > 0);
    await until(() => b.open === 0, "connections to the old address end");
    await b.close();
    traffic.homes.clear();
    await traffic.more(20);
    for (const [key, home] of traffic.homes) {
      const before = homes.get(key);
      if (before !== undefined) t.equal(home, before === "a" ? "a" : "next", key);
    }
    t.same(traffic.failures, []);
    t.equal(servers(ambassador), 2);
    const connects = metrics.find("httpServer", "pool/a")?.value(HTTP_SERVER.connects) ?? 0;
    t.ok(connects > 0 && connects <= 6, `the other server was not connected to again: ${connects}`);
  },
);

t.test("a server that dies, is ejected, and is found elsewhere is back in service at once", async (t) => {
  const { path, write } = await serversFile(t);
  const [a, b, c] = [await startNamed(t, "a"), await startNamed(t, "b"), await startNamed(t, "c")];
  await write({ a, b, c });
  const { address, ambassador, logs } = await startFinding(
    t,
    { kind: "file", path },
    { pool: { eject }, retry: { attempts: 2, on: ["reset"], least: 100 } },
  );
  const traffic = HttpTraffic.start(t, address, 6, { posts: false });
  await traffic.more(20);
  await b.refuse();
  b.resetAll();
  const stateOf = (id: string) => ambassador.pools()[0]?.servers.find(({ server }) => server === id)?.state;
  await until(() => stateOf("b") === "ejected");
  await traffic.more(20);
  const next = await startNamed(t, "b");
  await write({ a, b: next, c });
  await until(() => next.requests.length > 0);
  // The workers have it first.
  await until(() => stateOf("b") === "ready");
  const readmitted = logs.filter((line) => line.includes("server readmitted"));
  t.match(readmitted, [/its address changed/]);
  await traffic.more(20);
  t.same(traffic.failures, []);
});

t.test("a name that comes to mean another address: traffic follows, and no request fails", async (t) => {
  const { port, one, two } = await startTwins(t);
  const names: Names = { "app.test": ["127.0.0.1"] };
  const discover: DiscoverOptions = { kind: "dns", host: "app.test", port, interval: 20 };
  const { address, ambassador } = await startFinding(t, discover, {}, names);
  const traffic = HttpTraffic.start(t, address, 6);
  await traffic.more();
  names["app.test"] = ["127.0.0.1", "127.0.0.2"];
  await until(() => servers(ambassador) === 2 && two.requests.length > 0);
  names["app.test"] = ["127.0.0.2"];
  await until(() => servers(ambassador) === 1 && one.open === 0);
  names["app.test"] = [];
  await until(() => ambassador.pools()[0]?.figures().discovery?.error !== null, "what was known stays");
  await traffic.more();
  t.same(traffic.failures, []);
});

/** A listed server with a name, whose address changes by hand. */
async function setUpNamed(t: Test) {
  const clock = new FakeClock();
  const { port, one, two } = await startTwins(t);
  const plane = new HttpPlane(clock);
  t.teardown(() => plane.close());
  expectNothingBuffered(t, plane);
  const names: Names = { "app.test": ["127.0.0.1"] };
  const supervision = new Supervision(t, plane, clock, names);
  // No more patience is asked for than the name server's: the clock leaps.
  const patience = { pool: { timeout: 0 }, http: { body_timeout: 0 }, listener: { body_timeout: 0 } };
  await supervision.apply(httpSnapshot([{ host: "app.test", port }], patience));
  await until(() => supervision.state("s0").resolved === `127.0.0.1:${port}`);
  const move = async (): Promise<void> => {
    // What was written must be known as taken before time leaps.
    await turns(5);
    names["app.test"] = ["127.0.0.2"];
    clock.advance(30_000);
    await until(() => supervision.state("s0").resolved === `127.0.0.2:${port}`);
  };
  const connect = async (): Promise<WireClient> => {
    const client = await WireClient.connect(plane.address);
    t.teardown(() => client.close());
    return client;
  };
  return { clock, one, two, plane, move, connect };
}

t.test("what is under way is answered by the old address, what comes next by the new one", async (t) => {
  const { one, two, move, connect } = await setUpNamed(t);
  one.silence();
  const [waiting, streaming] = [await connect(), await connect()];
  await waiting.send(get("/a"));
  const first = await one.nextConnection();
  await first.expect(get("/a"));
  await streaming.send(get("/b"));
  const second = await one.nextConnection();
  await second.expect(get("/b"));
  await second.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
  await streaming.readUntil("abc");
  await move();
  const late = await connect();
  await late.exchange(get("/c"), ok("two /c "));
  await second.send("def");
  await streaming.expect("def");
  await first.send(ok("x"));
  await waiting.expect(ok("x"));
  await until(() => one.open === 0, "they end with their answers");
  for (const client of [waiting, streaming]) await client.exchange(get("/d"), ok("two /d "));
  t.equal(one.accepted, 2);
  t.ok(two.accepted <= 3);
});

t.test("idle connections to the old address end at once, and are no failure", async (t) => {
  const { one, plane, move, connect } = await setUpNamed(t);
  const client = await connect();
  await client.exchange(get("/a"), ok("one /a "));
  t.equal(one.open, 1);
  await move();
  await until(() => one.open === 0);
  await client.exchange(get("/b"), ok("two /b "));
  t.equal(plane.upstreamErrors("connection_lost"), 0);
  t.equal(plane.serverCount("reusedFailures"), 0);
});
