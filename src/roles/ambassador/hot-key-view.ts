import { type HotKeyReport, mergeHotKeys } from "../../observe/hot-key-report.ts";
import { printableKey } from "../../observe/printable-key.ts";
import type { PoolOptions } from "../../upstream/pool-options.ts";

/** The most requested keys of the pools that have them counted, over all workers. `reports`: of each worker, by pool. */
export function hotKeyViews(
  pools: readonly PoolOptions[],
  reports: readonly Readonly<Record<string, HotKeyReport>>[],
) {
  return pools
    .filter(({ hot_keys }) => hot_keys > 0)
    .map(({ name, hot_keys }) => {
      const ofPool = reports.map((report) => report[name]).filter((report) => report !== undefined);
      const { total, untracked, keys } = mergeHotKeys(ofPool, hot_keys);
      return {
        pool: name,
        requests: total,
        untracked,
        keys: keys.map(({ key, count, error }) => ({ key: printableKey(key), count, error })),
      };
    });
}
