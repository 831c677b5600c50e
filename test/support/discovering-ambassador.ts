import { formatConfigError } from "../../src/config/config-error.ts";
import { parseServers } from "../../src/config/servers-file.ts";
import { type Address, formatAddress } from "../../src/core/address.ts";
import { systemClock } from "../../src/core/clock.ts";
import { type MemcacheNode, startMemcacheNode } from "../../src/embedded/memcache-node.ts";
import { MetricRegistry } from "../../src/observe/metric-registry.ts";
import type { Snapshot } from "../../src/proxy/listener-options.ts";
import { Ambassador } from "../../src/roles/ambassador/ambassador.ts";
import type { DiscoverOptions } from "../../src/upstream/discover-options.ts";
import type { KubernetesAccess } from "../../src/upstream/discovery/kubernetes/kubernetes-access.ts";
import type { PoolOptions } from "../../src/upstream/pool-options.ts";
import { threadEntry } from "../../src/workers/thread-entry.ts";
import { ThreadStarter } from "../../src/workers/thread-starter.ts";
import { planeSnapshot } from "./plane.ts";
import type { Teardown } from "./teardown.ts";
import { WireClient } from "./wire-client.ts";

/** What names mean; may be changed on the way. */
export type Names = Record<string, string[]>;

const noCluster: KubernetesAccess = { origin: null, account: "/nonexistent" };

/** An ambassador as the daemon has it, closed when the test ends. */
export async function startAmbassador(t: Teardown, names: Names = {}, workers = 1, kubernetes = noCluster) {
  const logs: string[] = [];
  const metrics = new MetricRegistry();
  const threads = new ThreadStarter(threadEntry("worker"));
  const ambassador = new Ambassador({
    thread: (index) => threads.start(index),
    workers,
    workerTimeout: () => 0,
    clock: systemClock,
    metrics,
    access: () => {},
    log: (level, fields, message) => logs.push(`${level} ${message} ${JSON.stringify(fields)}`),
    discovery: {
      readServers: async (text, file, port) => {
        const loaded = parseServers(text, file, {}, port);
        return loaded.ok ? loaded : { ok: false, errors: loaded.errors.map(formatConfigError) };
      },
      kubernetes,
      lookups: {
        system: async (host) => names[host] ?? Promise.reject(new Error(`${host} is not known`)),
        records: async () => [],
      },
    },
  });
  t.teardown(() => ambassador.close());
  return { ambassador, metrics, logs };
}

/** Memcache nodes that end with the test. */
export async function startNodes(t: Teardown, count: number): Promise<MemcacheNode[]> {
  const nodes = await Promise.all(Array.from({ length: count }, () => startMemcacheNode()));
  t.teardown(() => Promise.all(nodes.map((node) => node.close())));
  return nodes;
}

/** Two servers at the same port of two addresses of this machine. */
export async function startTwins(t: Teardown): Promise<{ port: number; nodes: MemcacheNode[] }> {
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

/** A listener in front of one pool `pool`, whose servers are found. */
export function snapshot(discover: DiscoverOptions, more: Partial<PoolOptions> = {}, version = 1): Snapshot {
  return { ...planeSnapshot([], { pool: { discover, ...more } }), version };
}

/** The text of a file of servers. */
export function listed(nodes: readonly { readonly address: Address }[]): string {
  return JSON.stringify(nodes.map(({ address }) => formatAddress(address)));
}

/** How many servers the pool has now. */
export function servers(ambassador: Ambassador): number {
  return ambassador.snapshot?.pools["pool"]?.servers.length ?? 0;
}

/** A client of the listener. */
export async function connect(t: Teardown, ambassador: Ambassador): Promise<WireClient> {
  const client = await WireClient.connect(ambassador.listeners[0]!.listen);
  t.teardown(() => client.close());
  return client;
}

/** Sets and gets keys, 50 at least and until something holds; every one must be answered. */
export async function serveUntil(client: WireClient, holds: () => boolean = () => true): Promise<void> {
  for (let i = 0; i < 50 || !holds(); i++) {
    // Keys that differ at their beginning are spread well by every hash.
    const key = `${String.fromCharCode(0x61 + (i % 26))}${i % 500}`;
    await client.exchange(
      `set ${key} 0 0 2\r\nok\r\nget ${key}\r\n`,
      `STORED\r\nVALUE ${key} 0 2\r\nok\r\nEND\r\n`,
    );
  }
}
