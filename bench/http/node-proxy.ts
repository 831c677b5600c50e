import { fileURLToPath } from "node:url";
import { accepting, endChild, spawnChild } from "../support/child-processes.ts";
import type { Contender } from "../support/contender.ts";
import { freePort } from "../support/free-port.ts";

/** A proxy that is a Node program of this folder. */
export type NodeProgram = "http-proxy" | "undici-proxy";

/** A proxy program, which is given the port to listen on and those of the servers. */
export function nodeProxy(
  name: string,
  version: string,
  program: NodeProgram,
  servers: readonly number[],
): Contender {
  const file = fileURLToPath(new URL(`./programs/${program}.ts`, import.meta.url));
  return {
    name,
    version,
    async start() {
      const port = await freePort();
      const child = spawnChild([process.execPath, "--no-deprecation", file, String(port), servers.join(",")]);
      await accepting(port, child);
      return { pids: [child.pid!], port, stop: () => endChild(child) };
    },
  };
}
