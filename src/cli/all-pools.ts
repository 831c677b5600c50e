import type { PoolView } from "../admin/pool-view.ts";
import type { AdminClient } from "./admin-client.ts";

interface Page {
  readonly pools: readonly PoolView[];
  readonly next?: string | null;
}

/** All pools of a daemon, which come in pages; those of a daemon from before there were pages, too. */
export async function allPools(client: Pick<AdminClient, "json">): Promise<PoolView[]> {
  const pools: PoolView[] = [];
  let path = "/pools";
  for (;;) {
    const page: Page = await client.json(path);
    pools.push(...page.pools);
    if (typeof page.next !== "string") return pools;
    path = `/pools?after=${encodeURIComponent(page.next)}`;
  }
}
