import type { PoolView, ServerView } from "../admin/pool-view.ts";
import type { AdminClient } from "./admin-client.ts";

interface Page {
  readonly pools: readonly PoolView[];
  readonly next?: string | null;
}

interface ServersPage {
  readonly servers: readonly ServerView[];
  readonly next: string | null;
}

/**
 * All pools of a daemon with all of their servers, both of which come in pages; those of a daemon from before there were
 * pages, too.
 */
export async function allPools(client: Pick<AdminClient, "json">): Promise<PoolView[]> {
  const pools: PoolView[] = [];
  let path = "/pools";
  for (;;) {
    const page: Page = await client.json(path);
    for (const pool of page.pools) pools.push(await withAllServers(client, pool));
    if (typeof page.next !== "string") return pools;
    path = `/pools?after=${encodeURIComponent(page.next)}`;
  }
}

/** With the pool come the first servers only. */
async function withAllServers(client: Pick<AdminClient, "json">, pool: PoolView): Promise<PoolView> {
  const servers = [...pool.servers];
  let next = pool.servers_total > servers.length ? (servers.at(-1)?.server ?? null) : null;
  while (next !== null) {
    const path = `/pools/${encodeURIComponent(pool.pool)}/servers`;
    const page: ServersPage = await client.json(`${path}?limit=1000&after=${encodeURIComponent(next)}`);
    servers.push(...page.servers);
    next = page.next;
  }
  return { ...pool, servers };
}
