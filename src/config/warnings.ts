import { resolve } from "node:path";
import { reasonOf } from "../core/file-reason.ts";
import { distributionTable } from "../ring/distribution-table.ts";
import { unevenKeys } from "../ring/uneven-keys.ts";
import type { Path } from "./config-error.ts";
import { type ReadFile, readBounded } from "./config-files.ts";
import type { PoolForm } from "./pool-schema.ts";
import type { ConfigForm } from "./schema.ts";

/** Adds a warning at the place of a setting. */
export type Warn = (path: Path, message: string) => void;

/** What files of servers may have, in bytes. */
const largestFile = 2 ** 20;

/** What is allowed, and is hardly meant. `folder` is where relative paths start. */
export function warnAcross(form: ConfigForm, folder: string, read: ReadFile = readBounded, warn: Warn): void {
  const used = poolsInUse(form);
  for (const [name, pool] of Object.entries(form.pools)) {
    const path = ["pools", name];
    if (!used.has(name)) warn(path, "nobody uses this pool: no listener, route or other pool names it");
    const { distribution, hash } = pool.ring;
    const uneven = unevenKeys({ distribution, hash: hash ?? distributionTable[distribution].defaultHash });
    if (uneven !== null) warn([...path, "ring"], uneven);
    const file = pool.discover?.file ?? null;
    if (file !== null) warnOfFile(resolve(folder, file), [...path, "discover", "file"], read, warn);
  }
}

function warnOfFile(file: string, path: Path, read: ReadFile, warn: Warn): void {
  try {
    read(file, largestFile);
  } catch (error) {
    const why = `cannot read ${file}: ${reasonOf(error)}`;
    warn(path, `${why}; until it can be read, the pool has no servers`);
  }
}

/** Those that requests can come to, from the listeners on. */
function poolsInUse({ memcache, http, pools }: ConfigForm): ReadonlySet<string> {
  const used = new Set<string>();
  const use = (name: string | null): void => {
    if (name === null || used.has(name)) return;
    used.add(name);
    for (const next of othersOf(pools[name])) use(next);
  };
  for (const listener of [...memcache, ...http]) {
    use(listener.pool);
    for (const route of listener.routes ?? []) use(route.pool);
  }
  return used;
}

function othersOf(pool: PoolForm | undefined): (string | null)[] {
  if (pool === undefined) return [];
  return [...(pool.failover ?? []), pool.mirror?.pool ?? null, pool.warm_from?.pool ?? null];
}
