import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { accepting, endChild, spawnChild, temporaryFolder } from "../support/child-processes.ts";
import { freePort } from "../support/free-port.ts";
import type { Contender } from "./contender.ts";

/** Time for the drain and for writing a profile. */
const graceMs = 20_000;

/** podmate as operators run it: metrics on, the same ring and timeout as twemproxy's. */
export function podmate(servers: readonly number[], workers: number, command: readonly string[]): Contender {
  return {
    name: workers === 1 ? "podmate" : `podmate, ${workers} workers`,
    version: `podmate, ${workers} worker${workers === 1 ? "" : "s"}`,
    async start() {
      const port = await freePort();
      const config = join(temporaryFolder(), "podmate.yaml");
      writeFileSync(config, podmateConfig(port, await freePort(), servers, workers));
      const child = spawnChild([...command, "run", "-c", config]);
      await accepting(port, child);
      return { pid: child.pid!, port, stop: () => endChild(child, graceMs) };
    },
  };
}

/** The configuration file of one run. */
export function podmateConfig(
  port: number,
  adminPort: number,
  servers: readonly number[],
  workers: number,
): string {
  return `admin: { listen: 127.0.0.1:${adminPort} }
workers: ${workers}
log: { level: warn }
lifecycle: { drain: 1s }
memcache:
  - { name: bench, listen: 127.0.0.1:${port}, pool: bench, backlog: 1024 }
pools:
  bench:
    ring: { distribution: ketama, hash: fnv1a_64 }
    timeout: 5s
    preconnect: true
    servers: [ ${servers.map((server) => `"127.0.0.1:${server}"`).join(", ")} ]
`;
}
