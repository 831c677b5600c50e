import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { accepting, endChild, spawnChild, temporaryFolder } from "../support/child-processes.ts";
import type { Contender } from "../support/contender.ts";
import { freePort } from "../support/free-port.ts";
import { asUser } from "./servers.ts";

/** memcached's built-in proxy (1.6.23 or newer, built with --enable-proxy) with one worker thread and a ketama ring. */
export function memcachedProxy(servers: readonly number[], program: string, version: string): Contender {
  return {
    name: "memcached proxy",
    version: `memcached ${version} proxy, 1 thread`,
    async start() {
      const port = await freePort();
      const config = join(temporaryFolder(), "proxy.lua");
      writeFileSync(config, proxyConfig(servers));
      const options = [
        "-U",
        "0",
        "-t",
        "1",
        "-c",
        "4096",
        "-b",
        "1024",
        "-l",
        "127.0.0.1",
        "-p",
        String(port),
      ];
      const child = spawnChild([program, "-o", `proxy_config=${config}`, ...options, ...asUser()]);
      await accepting(port, child);
      return { pids: [child.pid!], port, stop: () => endChild(child) };
    },
  };
}

/** Every key goes to its server by the shortest route that the proxy's Lua interface has. */
function proxyConfig(servers: readonly number[]): string {
  const backends = servers.map((port, index) => `    mcp.backend("s${index}", "127.0.0.1", ${port}),`);
  return `function mcp_config_pools()
  return mcp.pool({
${backends.join("\n")}
  }, { dist = mcp.dist_ring_hash, omode = "twemproxy", hash = mcp.dist_ring_hash.hash })
end

function mcp_config_routes(pool)
  local route = mcp.funcgen_new()
  local handle = route:new_handle(pool)
  route:ready({ n = "route", f = function(context)
    return function(request)
      return context:enqueue_and_wait(request, handle)
    end
  end })
  mcp.attach(mcp.CMD_ANY_STORAGE, route)
end
`;
}
