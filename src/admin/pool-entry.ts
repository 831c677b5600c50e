import { type Page, type PageQuery, pageOf } from "./page.ts";
import type { PoolFigures, PoolView, ServerView } from "./pool-view.ts";

/** A pool whose figures are gathered when they are asked for: it may have thousands of servers. */
export interface PoolEntry {
  readonly pool: string;
  /** In the order of the configuration. */
  readonly servers: readonly ServerEntry[];
  figures(): PoolFigures;
}

/** A server of it. */
export interface ServerEntry {
  readonly server: string;
  readonly state: ServerView["state"];
  view(): ServerView;
}

/** Servers that come along with their pool; `/pools/POOL/servers` has all, in pages. */
export const mostWithPool = 100;
/** A page of pools ends with the one that brings its servers to so many, so an answer has less than 1,100. */
const enoughOnPage = 1_000;

/** A pool with as many of its servers as come along. */
export function viewOf({ servers, figures }: PoolEntry): PoolView {
  const byState = { ready: 0, connecting: 0, unreachable: 0, failing: 0, ejected: 0, draining: 0 };
  for (const { state } of servers) byState[state]++;
  return {
    ...figures(),
    servers_total: servers.length,
    servers_by_state: byState,
    servers: servers.slice(0, mostWithPool).map((server) => server.view()),
  };
}

/** A page of pools, of at most `limit`, and fewer where they have many servers. */
export function pageOfPools(all: readonly PoolEntry[], query: PageQuery): Page<PoolView> {
  const { items, next } = pageOf(all, ({ pool }) => pool, query);
  let servers = 0;
  const end = items.findIndex((entry) => {
    servers += Math.min(entry.servers.length, mostWithPool);
    return servers >= enoughOnPage;
  });
  const fitting = end < 0 ? items : items.slice(0, end + 1);
  return {
    items: fitting.map(viewOf),
    next: fitting.length < items.length ? fitting.at(-1)!.pool : next,
  };
}
