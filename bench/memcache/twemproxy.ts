import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { accepting, endChild, spawnChild, temporaryFolder } from "../support/child-processes.ts";
import type { Contender } from "../support/contender.ts";
import { freePort } from "../support/free-port.ts";

/** twemproxy with its defaults: one thread, one connection per server, mbufs of 16 KiB. */
export function twemproxy(servers: readonly number[], version: string): Contender {
  return {
    name: "twemproxy",
    version: `twemproxy ${version}`,
    async start() {
      const port = await freePort();
      const folder = temporaryFolder();
      const config = join(folder, "nutcracker.yml");
      writeFileSync(config, twemproxyConfig(port, servers));
      const stats = ["-a", "127.0.0.1", "-s", String(await freePort())];
      const child = spawnChild(["nutcracker", "-c", config, "-o", join(folder, "log"), ...stats]);
      await accepting(port, child);
      return { pids: [child.pid!], port, stop: () => endChild(child) };
    },
  };
}

function twemproxyConfig(port: number, servers: readonly number[]): string {
  const lines = [
    "bench:",
    `  listen: 127.0.0.1:${port}`,
    "  hash: fnv1a_64",
    "  distribution: ketama",
    "  timeout: 5000",
    "  backlog: 1024",
    "  preconnect: true",
    "  servers:",
    ...servers.map((server) => `    - 127.0.0.1:${server}:1`),
  ];
  return `${lines.join("\n")}\n`;
}
