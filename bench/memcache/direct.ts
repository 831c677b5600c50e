import { accepting, endChild, spawnChild } from "../support/child-processes.ts";
import type { Contender } from "../support/contender.ts";
import { freePort } from "../support/free-port.ts";
import { serverOptions } from "./servers.ts";

/** One memcached without a proxy: what the load generator and a server can do by themselves. */
export function direct(version: string): Contender {
  return {
    name: "direct",
    version: `memcached ${version}, no proxy`,
    async start() {
      const port = await freePort();
      const child = spawnChild(["memcached", ...serverOptions(port)]);
      await accepting(port, child);
      return { pids: [child.pid!], port, stop: () => endChild(child) };
    },
  };
}
