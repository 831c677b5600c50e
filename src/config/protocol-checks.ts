import { formatPath, type Path, show } from "./config-error.ts";
import { httpHealth } from "./http-pool-schema.ts";
import type { PoolForm } from "./pool-schema.ts";
import type { PoolUsers } from "./pool-users.ts";
import type { Refuse } from "./refuse.ts";
import type { WellFormed } from "./well-formed.ts";

type Pools = Readonly<Record<string, WellFormed<PoolForm> | undefined>>;

/** Most connections per server and worker of memcache: each carries any number of requests. */
const mostMemcacheConnections = 64;

/** A pool speaks one protocol, and has no settings of the other. */
export function checkProtocols(pools: Pools, users: PoolUsers, refuse: Refuse): void {
  for (const { pool, path } of users.disputed()) {
    const other = formatPath(users.firstUse("memcache", pool) as Path);
    refuse(
      path,
      `${show(pool)} speaks memcache, for ${other} names it; a pool speaks either memcache or HTTP`,
    );
  }
  for (const [name, pool] of Object.entries(pools)) {
    if (pool === undefined) continue;
    const path = ["pools", name];
    const protocol = users.protocolOf(name);
    if (protocol === "memcache") checkMemcachePool(pool, path, users, refuse);
    if (protocol === "http") checkHttpPool(pool, path, users.firstUse("http", name) as Path, refuse);
  }
}

function checkMemcachePool(pool: WellFormed<PoolForm>, path: Path, users: PoolUsers, refuse: Refuse): void {
  const unfit = (setting: readonly string[]): void =>
    refuse(
      [...path, ...setting],
      "it is of use for HTTP only, and no HTTP listener or route names this pool; leave it out",
    );
  if (pool.http) unfit(["http"]);
  if (typeof pool.health?.path === "string") unfit(["health", "path"]);
  if (typeof pool.health?.host === "string") unfit(["health", "host"]);
  if (hasOwnStatuses(pool)) unfit(["health", "statuses"]);
  if (pool.connections && pool.connections > mostMemcacheConnections) {
    const message = `${pool.connections} is not allowed for memcache; give a whole number from 1 to ${mostMemcacheConnections}`;
    refuse([...path, "connections"], message);
  }
  const others: [readonly (string | number)[], string | undefined][] = [
    ...(pool.failover ?? []).map((other, at): [Path, typeof other] => [["failover", at], other]),
    [["mirror", "pool"], pool.mirror?.pool],
    [["warm_from", "pool"], pool.warm_from?.pool],
  ];
  for (const [setting, other] of others) {
    const use = other !== undefined && users.protocolOf(other) === "http" && users.firstUse("http", other);
    if (use) refuse([...path, ...setting], `${show(other)} speaks HTTP, for ${formatPath(use)} names it`);
  }
}

function checkHttpPool(pool: WellFormed<PoolForm>, path: Path, use: Path, refuse: Refuse): void {
  for (const setting of memcacheSettings(pool)) {
    refuse(
      [...path, setting],
      `it is of use for memcache only, and this pool speaks HTTP, for ${formatPath(use)} names it; leave it out`,
    );
  }
  const factor = pool.http?.balance_factor;
  if (factor !== undefined && factor > 0 && factor <= 1) {
    refuse(
      [...path, "http", "balance_factor"],
      `${factor} leaves no server room; give 0 (no bound) or a number above 1, as 1.25`,
    );
  }
  checkHealth(pool, path, refuse);
}

function checkHealth(pool: WellFormed<PoolForm>, path: Path, refuse: Refuse): void {
  const { health } = pool;
  if (!health) return;
  if (health.path === null) {
    const unfit = (setting: string): void =>
      refuse([...path, "health", setting], "nothing is asked for without path; give path too");
    if (typeof health.host === "string") unfit("host");
    if (hasOwnStatuses(pool)) unfit("statuses");
  }
  const [low, high = low] = (health.statuses ?? "").split("-");
  if (Number(low) > Number(high))
    refuse(
      [...path, "health", "statuses"],
      `${show(health.statuses)} is no range; the lower status comes first`,
    );
}

/** The settings of a pool that are for memcache and not as if left out. */
function memcacheSettings(pool: WellFormed<PoolForm>): string[] {
  const given = {
    auth: pool.auth,
    on_error: pool.on_error === "error",
    near_cache: pool.near_cache,
    coalesce: pool.coalesce,
    failover: (pool.failover ?? []).length > 0,
    mirror: pool.mirror,
    warm_from: pool.warm_from,
    hot_keys: pool.hot_keys,
  };
  return Object.entries(given).flatMap(([setting, value]) => (value ? [setting] : []));
}

function hasOwnStatuses({ health }: WellFormed<PoolForm>): boolean {
  const statuses = health?.statuses;
  const usual: unknown = (httpHealth.statuses as { readonly default?: unknown }).default;
  return statuses !== undefined && statuses !== usual;
}
