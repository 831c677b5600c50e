import { readFileSync } from "node:fs";

const manifest = new URL("../../package.json", import.meta.url);

/** podmate's version, from package.json: it stands two folders up both in `src/` and in the built `dist/`. */
export const version: string = (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
