import { formatAddress } from "../core/address.ts";
import { type MemcacheNode, startMemcacheNode } from "../embedded/memcache-node.ts";

/** The embedded default: servers that run in this process, and the configuration that puts podmate before them. */
export interface Embedded {
  readonly config: string;
  close(): Promise<void>;
}

const serverNames = ["cache-a", "cache-b", "cache-c", "cache-d"];

/** Starts four memcache nodes on free loopback ports. */
export async function startEmbedded(): Promise<Embedded> {
  const nodes = await Promise.all(serverNames.map(() => startMemcacheNode()));
  return { config: configFor(nodes), close: () => closeAll(nodes) };
}

function configFor(nodes: readonly MemcacheNode[]): string {
  const servers = nodes.map(
    (node, index) => `      - { address: "${formatAddress(node.address)}", name: ${serverNames[index]} }`,
  );
  return `admin: { listen: 127.0.0.1:9901 }
workers: 1
log: { level: warn }
# Whoever presses Ctrl-C wants it to end now.
lifecycle: { mode: native, drain: 5s }
memcache:
  - { name: cache, listen: 127.0.0.1:22121, pool: cache }
pools:
  cache:
    servers:
${servers.join("\n")}
`;
}

async function closeAll(nodes: readonly MemcacheNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.close()));
}
