import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { accepting, endChild, spawnChild, temporaryFolder } from "../support/child-processes.ts";
import type { Contender } from "../support/contender.ts";
import { freePort } from "../support/free-port.ts";

/** HAProxy with one thread: keep-alive on both sides, a consistent hash of the header x-key. */
export function haproxy(servers: readonly number[], version: string): Contender {
  return {
    name: "HAProxy",
    version: `HAProxy ${version}, 1 thread`,
    async start() {
      const port = await freePort();
      const config = join(temporaryFolder(), "haproxy.cfg");
      writeFileSync(config, haproxyConfig(port, servers));
      const child = spawnChild(["haproxy", "-db", "-q", "-f", config]);
      await accepting(port, child);
      return { pids: [child.pid!], port, stop: () => endChild(child) };
    },
  };
}

/** The configuration file of a proxy. */
export function haproxyConfig(port: number, servers: readonly number[]): string {
  return `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option forwardfor
  http-reuse always
  balance hdr(x-key)
  hash-type consistent
listen bench
  bind 127.0.0.1:${port} backlog 1024
  http-request set-header X-Forwarded-Proto http
${servers.map((server, index) => `  server s${index} 127.0.0.1:${server}`).join("\n")}
`;
}
