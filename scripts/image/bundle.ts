import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { threadEntries } from "../../src/workers/thread-entry.ts";

// node scripts/image/bundle.ts FROM TO: puts the modules of the build FROM together into the fewer files of TO. Of what a
// start takes, a third is finding, reading and linking some 400 modules one by one.

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined) throw new Error("usage: bundle.ts FROM TO");

/** Packages of which every start reads many modules. The others stay as they are: few starts read them. */
const bundled = ["pino", "yaml"];
const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

await build({
  entryPoints: ["main", ...threadEntries].map((name) => join(from, `${name}.js`)),
  outdir: to,
  outbase: from,
  // Folders for what they share, as deep as the modules that look for package.json two folders up.
  chunkNames: "modules/[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  external: Object.keys(manifest.dependencies).filter((name) => !bundled.includes(name)),
  // Packages in CommonJS ask for Node's modules by this.
  banner: {
    js: 'import { createRequire as requireFor } from "node:module"; const require = requireFor(import.meta.url);',
  },
  logLevel: "warning",
});
