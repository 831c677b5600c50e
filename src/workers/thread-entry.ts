/** The extension that our modules have right now: `.ts` run from source, `.js` built. */
const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";

/** The modules that threads and processes of ours start from: their paths without extension, relative to `src/`. */
export const threadEntries = ["worker", "config-reader", "roles/app/yaml-program"] as const;

/**
 * URL of such a module. The build rewrites import statements and not URLs, so the one place that knows about both forms is here.
 */
export function threadEntry(name: (typeof threadEntries)[number]): URL {
  return new URL(`../${name}${extension}`, import.meta.url);
}
