import type { Cancel, Clock } from "./clock.ts";
import { watchFolders } from "./folder-watch.ts";
import { loadFs } from "./lazy-builtins.ts";

/**
 * Calls `changed` when the contents of a file have become others.
 * @param broken told once if the folder cannot be watched; reloads by signal go on
 */
export function watchFile(
  file: string,
  clock: Pick<Clock, "after">,
  changed: () => void,
  broken: (error: Error) => void,
): Cancel {
  let known = fingerprint(file);
  const look = (): void => {
    const now = fingerprint(file);
    // A file that is gone for a moment is being replaced; the next event tells.
    if (now === known || now === "") return;
    known = now;
    changed();
  };
  return watchFolders([file], clock, look, broken);
}

/** Where the file really lies and what it says; empty if it cannot be read, or is no regular file. */
function fingerprint(file: string): string {
  try {
    const { realpathSync, readFileSync, statSync } = loadFs();
    // A pipe would be waited for by the whole thread.
    if (!statSync(file).isFile()) return "";
    return `${realpathSync(file)}\n${readFileSync(file, "utf8")}`;
  } catch {
    return "";
  }
}
