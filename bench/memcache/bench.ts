import { runComparison } from "../support/comparison.ts";
import type { Presentation } from "../support/presentation.ts";
import { memcacheGoals } from "./goals.ts";
import { memcacheHelp, parseMemcacheOptions } from "./options.ts";
import { memcachePeer } from "./peers.ts";
import { podmateConfig } from "./podmate-config.ts";
import { runMemcacheLoad } from "./run-load.ts";
import { startMemcachedServers } from "./servers.ts";

const serverCount = 4;

/** How the results are shown and judged. */
const presentation: Presentation = {
  name: "memcache",
  references: ["twemproxy", "memcached proxy", "direct"].map((name) => ({ label: name, names: [name] })),
  goals: memcacheGoals,
  picture: {
    title: "CPU per memcache request, shorter is better",
    setting: "4 memcached servers, 10 % sets",
    reference: "twemproxy",
  },
};

/** Runs the memcache benchmark as the command line says. */
export async function memcacheBench(args: readonly string[]): Promise<void> {
  const options = parseMemcacheOptions(args);
  if (options === null) {
    process.stdout.write(memcacheHelp);
    return;
  }
  const servers = await startMemcachedServers(serverCount);
  await runComparison({
    ...presentation,
    options,
    podmateConfig: (port, adminPort, workers) => podmateConfig(port, adminPort, servers, workers),
    peer: (name) => memcachePeer(name, servers, options.memcachedProxy),
    runLoad: runMemcacheLoad,
  });
}
