import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import type { Manifest } from "../support/helm.ts";

const repository = new URL("../../", import.meta.url);
const folder = new URL("./snapshots/", import.meta.url);

/** Files that stand in ConfigMaps as they are: a snapshot names them. */
const files = [
  "charts/podmate-example/files/app.mjs",
  "charts/podmate-example/files/visit.mjs",
  "charts/podmate/dashboards/podmate.json",
];

/** Set to write what is rendered in place of what is kept: `npm run snapshots`. */
const renew = process.env["PODMATE_SNAPSHOTS"] === "renew";

/** What a shape renders, object by object, in words. */
export function describe(manifests: readonly Manifest[]): ReadonlyMap<string, string> {
  const contents = new Map(files.map((file) => [readFileSync(new URL(file, repository), "utf8"), file]));
  const named = (_: string, value: unknown): unknown => {
    const file = typeof value === "string" ? contents.get(value) : undefined;
    return file === undefined ? value : `the file ${file}`;
  };
  return new Map(
    manifests.map((manifest) => {
      const { kind, metadata } = manifest;
      const plain = JSON.parse(JSON.stringify(manifest, named)) as unknown;
      return [`${kind} ${metadata.namespace ?? ""}/${metadata.name}`, stringify(plain, { lineWidth: 0 })];
    }),
  );
}

/** The objects that are not as in `base`, and the names of those that are missing here. */
export function difference(own: ReadonlyMap<string, string>, base: ReadonlyMap<string, string>): string {
  const others = [...own].filter(([name, text]) => base.get(name) !== text);
  const missing = [...base.keys()].filter((name) => !own.has(name));
  const documents = [...others.map(([, text]) => text), ...missing.map((name) => `# without ${name}\n`)];
  return documents.length === 0 ? "# nothing\n" : documents.join("---\n");
}

/** The snapshot of this name, which becomes `text` where snapshots are renewed; undefined: there is none. */
export function snapshot(name: string, text: string): string | undefined {
  const file = new URL(`${name}.yaml`, folder);
  if (renew) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, text);
  }
  try {
    return readFileSync(file, "utf8");
  } catch {
    console.error(`${fileURLToPath(file)} is missing: npm run snapshots`);
    return undefined;
  }
}
