/** Pools whose servers are found: real workers and servers, files that change, and names that come to mean others. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { formatConfigError } from "../../../src/config/config-error.ts";
import { parseServers } from "../../../src/config/servers-file.ts";
import { type Address, formatAddress } from "../../../src/core/address.ts";
import { systemClock } from "../../../src/core/clock.ts";
import { type MemcacheNode, startMemcacheNode } from "../../../src/embedded/memcache-node.ts";
import { DISCOVERY, SERVER } from "../../../src/observe/metric-layout.ts";
import { MetricRegistry } from "../../../src/observe/metric-registry.ts";
import type { Snapshot } from "../../../src/proxy/listener-options.ts";
import { Ambassador } from "../../../src/roles/ambassador/ambassador.ts";
import type { DiscoverOptions } from "../../../src/upstream/discover-options.ts";
import type { PoolOptions } from "../../../src/upstream/pool-options.ts";
import { threadEntry } from "../../../src/workers/thread-entry.ts";
import { ThreadStarter } from "../../../src/workers/thread-starter.ts";
import { planeSnapshot } from "../../support/plane.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { until } from "../../support/until.ts";
import { WireClient } from "../../support/wire-client.ts";

/** What names mean; may be changed on the way. */
type Names = Record<string, string[]>;

async function startAmbassador(t: Test, names: Names = {}, workers = 2) {
  const logs: string[] = [];
  const metrics = new MetricRegistry();
  const threads = new ThreadStarter(threadEntry("worker"));
  const ambassador = new Ambassador({
    thread: (index) => threads.start(index),
    workers,
    clock: systemClock,
    metrics,
    access: () => {},
    log: (level, fields, message) => logs.push(`${level} ${message} ${JSON.stringify(fields)}`),
    discovery: {
      readServers: async (text, file, port) => {
        const loaded = parseServers(text, file, {}, port);
        return loaded.ok ? loaded : { ok: false, errors: loaded.errors.map(formatConfigError) };
      },
      kubernetes: { origin: null, account: "/nonexistent" },
      lookups: {
        system: async (host) => names[host] ?? Promise.reject(new Error(`${host} is not known`)),
        records: async () => [],
      },
    },
  });
  t.teardown(() => ambassador.close());
  return { ambassador, metrics, logs };
}

async function startNodes(t: Test, count: number): Promise<MemcacheNode[]> {
  const nodes = await Promise.all(Array.from({ length: count }, () => startMemcacheNode()));
  t.teardown(() => Promise.all(nodes.map((node) => node.close())));
  return nodes;
}

/** Two servers at the same port of two addresses of this machine. */
async function startTwins(t: Test): Promise<{ port: number; nodes: MemcacheNode[] }> {
  for (;;) {
    const one = await startMemcacheNode({ host: "127.0.0.1" });
    t.teardown(() => one.close());
    const { port } = one.address as { port: number };
    try {
      const two = await startMemcacheNode({ host: "127.0.0.2", port });
      t.teardown(() => two.close());
      return { port, nodes: [one, two] };
    } catch {
      // The port is taken there; take another.
    }
  }
}

function snapshot(discover: DiscoverOptions, more: Partial<PoolOptions> = {}, version = 1): Snapshot {
  return { ...planeSnapshot([], { pool: { discover, ...more } }), version };
}

function listed(nodes: readonly { readonly address: Address }[]): string {
  return JSON.stringify(nodes.map(({ address }) => formatAddress(address)));
}

function servers(ambassador: Ambassador): number {
  return ambassador.snapshot?.pools["pool"]?.servers.length ?? 0;
}

async function connect(t: Test, ambassador: Ambassador): Promise<WireClient> {
  const client = await WireClient.connect(ambassador.listeners[0]!.listen);
  t.teardown(() => client.close());
  return client;
}

/** Sets and gets keys, 50 at least and until something holds; every one must be answered. */
async function serveUntil(client: WireClient, holds: () => boolean = () => true): Promise<void> {
  for (let i = 0; i < 50 || !holds(); i++) {
    // Keys that differ at their beginning are spread well by every hash.
    const key = `${String.fromCharCode(0x61 + (i % 26))}${i % 500}`;
    await client.exchange(
      `set ${key} 0 0 2\r\nok\r\nget ${key}\r\n`,
      `STORED\r\nVALUE ${key} 0 2\r\nok\r\nEND\r\n`,
    );
  }
}

t.test(
  "servers of a file: keys keep being served while it changes, and connections that stay do",
  async (t) => {
    const path = join(await tempDir(t), "servers.json");
    const nodes = await startNodes(t, 3);
    await writeFile(path, listed(nodes.slice(0, 2)));
    const { ambassador, metrics } = await startAmbassador(t, {}, 1);
    await ambassador.apply(snapshot({ kind: "file", path }));
    t.equal(servers(ambassador), 2, "the start has waited for them");
    const client = await connect(t, ambassador);
    await serveUntil(client);
    t.same(
      nodes.map(({ connections }) => connections),
      [1, 1, 0],
    );
    await writeFile(path, listed(nodes));
    await serveUntil(client, () => servers(ambassador) === 3 && nodes[2]!.connections === 1);
    const id = formatAddress(nodes[0]!.address);
    t.equal(metrics.find("server", `pool/${id}`)?.value(SERVER.connects), 1, "it was not connected to again");
    await writeFile(path, listed(nodes.slice(1)));
    await serveUntil(client, () => servers(ambassador) === 2 && nodes[0]!.connections === 0);
    t.equal(ambassador.snapshot?.version, 1, "the configuration has not changed");
    t.equal(metrics.find("server", `pool/${id}`), undefined);
  },
);

t.test("a bad file leaves all as it is, and is shown", async (t) => {
  const path = join(await tempDir(t), "servers.yml");
  const nodes = await startNodes(t, 1);
  await writeFile(path, listed(nodes));
  const { ambassador, metrics, logs } = await startAmbassador(t, {}, 1);
  await ambassador.apply(snapshot({ kind: "file", path }));
  const client = await connect(t, ambassador);
  await writeFile(path, "- 10.0.0.1\n- 10.0.0.2:port\n");
  await until(() => logs.some((line) => line.includes("discovery failed")));
  const [pool] = ambassador.pools();
  t.match(pool?.discovery, { source: "file", target: path, servers: 1, failures: 1 });
  t.match(pool?.discovery?.error, /servers\.yml:2:3: \[1\]/);
  t.match(pool?.discovery?.last_success_unix_ms, Number);
  ambassador.updateMetrics();
  const counts = metrics.find("discovery", "pool/file");
  t.equal(counts?.value(DISCOVERY.servers), 1);
  t.equal(counts?.value(DISCOVERY.failures), 1);
  t.equal(counts?.value(DISCOVERY.failing), 1);
  await serveUntil(client);
});

t.test("servers of a name: each address is one, and they come and go with it", async (t) => {
  const { port, nodes } = await startTwins(t);
  const names: Names = { "cache.test": ["127.0.0.1"] };
  const { ambassador } = await startAmbassador(t, names);
  await ambassador.apply(snapshot({ kind: "dns", host: "cache.test", port, interval: 20 }));
  const client = await connect(t, ambassador);
  names["cache.test"] = ["127.0.0.2", "127.0.0.1"];
  await serveUntil(client, () => servers(ambassador) === 2 && nodes[1]!.connections > 0);
  names["cache.test"] = ["127.0.0.2"];
  await serveUntil(client, () => servers(ambassador) === 1 && nodes[0]!.connections === 0);
  names["cache.test"] = [];
  await until(() => ambassador.pools()[0]?.discovery?.error === "it has no address");
  await serveUntil(client);
  t.match(ambassador.pools()[0], { discovery: { servers: 1 }, servers: [{ server: `127.0.0.2:${port}` }] });
});

t.test(
  "a pool without servers yet is no failure of the start: requests say so until some are found",
  async (t) => {
    const path = join(await tempDir(t), "servers.yml");
    await writeFile(path, "[]");
    const nodes = await startNodes(t, 1);
    const { ambassador } = await startAmbassador(t);
    await ambassador.apply(snapshot({ kind: "file", path }));
    t.same(ambassador.ready(), []);
    const client = await connect(t, ambassador);
    await client.exchange("get a\r\n", "SERVER_ERROR no_server pool: no server is in service\r\n");
    await writeFile(path, listed(nodes));
    await until(() => servers(ambassador) === 1);
    await client.exchange("get a\r\n", "END\r\n");
  },
);

t.test("a reload may find servers elsewhere, list them, or fail", async (t) => {
  const folder = await tempDir(t);
  const nodes = await startNodes(t, 2);
  const paths = [join(folder, "one.yml"), join(folder, "two.yml")] as const;
  await writeFile(paths[0], listed(nodes.slice(0, 1)));
  await writeFile(paths[1], listed(nodes.slice(1)));
  const { ambassador, metrics } = await startAmbassador(t);
  await ambassador.apply(snapshot({ kind: "file", path: paths[0] }));
  const client = await connect(t, ambassador);
  await client.exchange("set k 0 0 3\r\none\r\n", "STORED\r\n");

  await ambassador.apply(snapshot({ kind: "file", path: paths[1] }, {}, 2));
  await client.exchange("get k\r\n", "END\r\n");
  await writeFile(paths[0], "[]");
  t.match(ambassador.pools()[0]?.discovery, { target: paths[1], servers: 1 });

  const bad = snapshot({ kind: "file", path: paths[0] }, {}, 3);
  const elsewhere = { ...bad.memcache[0]!, name: "other", listen: { path: join(folder, "none", "a.sock") } };
  await t.rejects(ambassador.apply({ ...bad, memcache: [...bad.memcache, elsewhere] }));
  t.match(ambassador.pools()[0]?.discovery, { target: paths[1] });
  t.equal(ambassador.snapshot?.version, 2);
  await client.exchange("get k\r\n", "END\r\n");

  await ambassador.apply({ ...planeSnapshot(nodes.slice(0, 1).map(({ address }) => address)), version: 4 });
  await client.exchange("get k\r\n", "VALUE k 0 3\r\none\r\nEND\r\n");
  t.equal(ambassador.pools()[0]?.discovery, undefined);
  t.equal(metrics.find("discovery", "pool/file"), undefined);
});

t.test("an end while first answers are waited for is not held up", async (t) => {
  const { ambassador, logs } = await startAmbassador(t, {}, 1);
  const starting = ambassador.apply(snapshot({ kind: "dns", host: "none.test", port: 1, interval: 1_000 }));
  const failed = t.rejects(starting, { message: "the daemon is ending" });
  await until(() => logs.some((line) => line.includes("discovery failed")));
  await ambassador.close();
  await failed;
});
