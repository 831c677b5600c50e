import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { threadEntries } from "../../src/workers/thread-entry.ts";
import { takeBuiltinModules } from "./builtin-modules.ts";
import { keepPlaces } from "./keep-places.ts";

// node scripts/image/bundle.ts FROM TO: puts the modules of the build FROM together into the fewer files of TO. Of what a
// start takes, a third is finding, reading and linking some 400 modules one by one.

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined) throw new Error("usage: bundle.ts FROM TO");

/** Packages of which every start reads many modules. The others stay as they are: few starts read them. */
const bundled = ["pino", "yaml"];
const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

// One by one: what programs share would be cut into many small files, and each takes a millisecond of every start.
for (const name of ["main", ...threadEntries]) {
  await build({
    entryPoints: [join(from, `${name}.js`)],
    outdir: to,
    outbase: from,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    external: Object.keys(manifest.dependencies).filter((name) => !bundled.includes(name)),
    plugins: [takeBuiltinModules, keepPlaces(from)],
    logLevel: "warning",
  });
}
