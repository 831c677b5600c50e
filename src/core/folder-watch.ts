import type { FSWatcher } from "node:fs";
import { dirname } from "node:path";
import type { Cancel, Clock } from "./clock.ts";
import { loadFs } from "./lazy-builtins.ts";

/** How long the folders must be quiet before what was written counts as whole, in ms. */
export const settleTime = 200;

/**
 * Calls `settled` when something has happened in a folder of one of these files, and then nothing for a while. Folders
 * are watched and not the files: editors replace files, a key and its certificate are two of them, and Kubernetes mounts a
 * ConfigMap or a Secret as a chain of symlinks of which it swaps one in the same folder.
 * @param broken told of each folder that cannot be watched; the others are
 */
export function watchFolders(
  files: readonly string[],
  clock: Pick<Clock, "after">,
  settled: () => void,
  broken: (error: Error, folder: string) => void,
): Cancel {
  const watchers: FSWatcher[] = [];
  let cancel: Cancel = () => {};
  const onEvent = (): void => {
    cancel();
    cancel = clock.after(settleTime, settled);
  };
  for (const folder of new Set(files.map((file) => dirname(file)))) {
    try {
      const watcher = loadFs().watch(folder, { persistent: false }, onEvent);
      watcher.on("error", (error) => broken(error, folder));
      watchers.push(watcher);
    } catch (error) {
      broken(error as Error, folder);
    }
  }
  return () => {
    cancel();
    for (const watcher of watchers) watcher.close();
  };
}
