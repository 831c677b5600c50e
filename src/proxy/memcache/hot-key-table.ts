import type { HotKeyReport } from "../../observe/hot-key-report.ts";
import { HotKeys } from "../../observe/hot-keys.ts";
import type { PoolOptions } from "../../upstream/pool-options.ts";

/** The sketches of a thread's pools, by the pools' names. A reload that keeps the number of keys keeps the counts. */
export class HotKeyTable {
  private sketches = new Map<string, { readonly top: number; readonly keys: HotKeys }>();

  /** The sketch of a pool; null where it is to have none. */
  sketchOf({ name, hot_keys: top }: PoolOptions): HotKeys | null {
    if (top === 0) return null;
    const present = this.sketches.get(name);
    if (present?.top === top) return present.keys;
    const keys = new HotKeys(top);
    this.sketches.set(name, { top, keys });
    return keys;
  }

  /** Forgets the sketches that these pools do not ask for. */
  keep(pools: readonly PoolOptions[]): void {
    const wanted = new Set(pools.filter(({ hot_keys }) => hot_keys > 0).map(({ name }) => name));
    for (const name of this.sketches.keys()) if (!wanted.has(name)) this.sketches.delete(name);
  }

  reports(): Record<string, HotKeyReport> {
    return Object.fromEntries([...this.sketches].map(([name, { keys }]) => [name, keys.report()]));
  }
}
