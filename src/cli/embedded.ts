import { formatAddress } from "../core/address.ts";
import { type HttpEcho, startHttpEcho } from "../embedded/http-echo.ts";
import { type MemcacheNode, startMemcacheNode } from "../embedded/memcache-node.ts";

/** The embedded default: servers that run in this process, and the configuration that puts podmate before them. */
export interface Embedded {
  readonly config: string;
  close(): Promise<void>;
}

const cacheNames = ["cache-a", "cache-b", "cache-c", "cache-d"];
const echoNames = ["echo-a", "echo-b", "echo-c", "echo-d"];

/** Starts four memcache nodes and four HTTP echo servers on free loopback ports. */
export async function startEmbedded(): Promise<Embedded> {
  const nodes = await Promise.all(cacheNames.map(() => startMemcacheNode()));
  const echoes = await Promise.all(echoNames.map((name) => startHttpEcho({ name })));
  return { config: configFor(nodes, echoes), close: () => closeAll([...nodes, ...echoes]) };
}

function configFor(nodes: readonly MemcacheNode[], echoes: readonly HttpEcho[]): string {
  return `admin: { listen: 127.0.0.1:9901 }
workers: 1
log: { level: warn }
# Whoever presses Ctrl-C wants it to end now.
lifecycle: { mode: native, drain: 5s }
memcache:
  - { name: cache, listen: 127.0.0.1:22121, pool: cache }
http:
  - { name: web, listen: 127.0.0.1:22180, pool: echo, hash: [ { header: x-user-id }, { path: true } ] }
pools:
  # Where servers in this process are late, they are not what is at fault.
  cache:
    timeout: 30s
    connect_timeout: 30s
    servers:
${serverLines(nodes, cacheNames)}
  echo:
    connect_timeout: 30s
    servers:
${serverLines(echoes, echoNames)}
`;
}

function serverLines(servers: readonly (MemcacheNode | HttpEcho)[], names: readonly string[]): string {
  return servers
    .map(({ address }, index) => `      - { address: "${formatAddress(address)}", name: ${names[index]} }`)
    .join("\n");
}

async function closeAll(servers: readonly (MemcacheNode | HttpEcho)[]): Promise<void> {
  await Promise.all(servers.map((server) => server.close()));
}
