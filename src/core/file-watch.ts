import { readFileSync, realpathSync, watch } from "node:fs";
import { dirname } from "node:path";
import type { Cancel, Clock } from "./clock.ts";

/** How long a folder must be quiet before the file counts as written, in ms. */
export const settleTime = 200;

/**
 * Calls `changed` when the contents of a file have become others. The folder is watched and not the file: editors
 * replace files, and Kubernetes mounts a ConfigMap as a chain of symlinks of which it swaps one in the same folder.
 * @param broken told once if the folder cannot be watched; reloads by signal go on
 */
export function watchFile(
  file: string,
  clock: Pick<Clock, "after">,
  changed: () => void,
  broken: (error: Error) => void,
): Cancel {
  let cancel: Cancel = () => {};
  let known = fingerprint(file);

  const look = (): void => {
    const now = fingerprint(file);
    // A file that is gone for a moment is being replaced; the next event tells.
    if (now === known || now === "") return;
    known = now;
    changed();
  };
  try {
    const watcher = watch(dirname(file), { persistent: false }, () => {
      cancel();
      cancel = clock.after(settleTime, look);
    });
    watcher.on("error", broken);
    return () => {
      cancel();
      watcher.close();
    };
  } catch (error) {
    broken(error as Error);
    return cancel;
  }
}

/** Where the file really lies and what it says; empty if it cannot be read. */
function fingerprint(file: string): string {
  try {
    return `${realpathSync(file)}\n${readFileSync(file, "utf8")}`;
  } catch {
    return "";
  }
}
