import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import type { Plugin } from "esbuild";

/**
 * Has modules below `folder` that ask for their own place be told where they lay there, as seen from the folder that all
 * files of the bundle are put into: what they look for, they look for from there.
 */
export function keepPlaces(folder: string): Plugin {
  const root = resolve(folder);
  return {
    name: "places of modules",
    setup(build) {
      build.onLoad({ filter: /\.js$/ }, async ({ path }) => {
        const place = relative(root, path);
        if (place.startsWith("..")) return undefined;
        const text = await readFile(path, "utf8");
        const there = `new URL(${JSON.stringify(place)}, import.meta.url).href`;
        return { contents: text.replaceAll("import.meta.url", there) };
      });
    },
  };
}
