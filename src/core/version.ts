import { loadFs } from "./lazy-builtins.ts";

const file = new URL("../../package.json", import.meta.url);
const manifest = JSON.parse(loadFs().readFileSync(file, "utf8")) as { readonly version: string };

/** podmate's version, from package.json: it stands two folders up both in `src/` and in the built `dist/`. */
export const { version } = manifest;
