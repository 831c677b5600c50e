import { serverOptions } from "../../memcache/servers.ts";
import { accepting, spawnChild } from "../../support/child-processes.ts";
import { freePort } from "../../support/free-port.ts";
import { ServerProcess } from "../server-process.ts";

/** Starts a real memcached. */
export async function startMemcached(): Promise<ServerProcess> {
  const port = await freePort();
  const server = new ServerProcess(port, async () => {
    const process = spawnChild(["memcached", ...serverOptions(port)]);
    await accepting(port, process);
    return process;
  });
  await server.start();
  return server;
}
