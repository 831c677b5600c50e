/** The extension that our modules have right now: `.ts` run from source, `.js` built. */
const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";

/**
 * URL of the module that a thread or a process of ours starts from, `name` being its path without extension, relative to `src/`.
 * The build rewrites import statements and not URLs, so the one place that knows about both forms is here.
 */
export function threadEntry(name: string): URL {
  return new URL(`../${name}${extension}`, import.meta.url);
}
