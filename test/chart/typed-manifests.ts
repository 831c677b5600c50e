import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Manifest } from "../support/helm.ts";
import { TestProcess } from "../support/process.ts";
import type { Teardown } from "../support/teardown.ts";
import { tempDir } from "../support/temp-dir.ts";

const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));
const own = fileURLToPath(new URL("./prometheus-operator.ts", import.meta.url));

/**
 * What the types of Kubernetes' OpenAPI document (package kubernetes-types) have against these objects: keys that do not
 * exist, values of another type, keys that are missing. Each object becomes a literal of its type, which `tsc` checks.
 * Empty: nothing.
 */
export async function typeErrors(t: Teardown, manifests: readonly Manifest[]): Promise<string> {
  const folder = await tempDir(t);
  const literals = manifests.map(
    (manifest, index) =>
      `export const object${index}: ${typeOf(manifest)} = ${JSON.stringify(manifest, null, 1)};`,
  );
  await writeFile(join(folder, "manifests.ts"), literals.join("\n"));
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    module: "nodenext",
    target: "es2024",
    types: [],
    allowImportingTsExtensions: true,
    paths: { "kubernetes-types/*": [join(modules, "kubernetes-types", "*.d.ts")] },
  };
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions, files: ["manifests.ts"] }),
  );
  // tap loads things into every Node that is started, which do not fit the compiler's launcher.
  const compiler = [process.execPath, join(modules, "typescript", "bin", "tsc"), "-p", folder];
  const tsc = new TestProcess(t, "env", ["-u", "NODE_OPTIONS", ...compiler]);
  const { code } = await tsc.exit;
  return code === 0 ? "" : tsc.stdout + tsc.stderr;
}

function typeOf({ apiVersion, kind }: Manifest): string {
  if (apiVersion === "monitoring.coreos.com/v1") return `import(${JSON.stringify(own)}).${kind}`;
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["core", apiVersion];
  return `import("kubernetes-types/${group?.split(".")[0]}/${version}").${kind}`;
}
