import { readdirSync } from "node:fs";

/** Versions of Kubernetes without native sidecars, and with them. */
export const clusters = ["1.28", "1.33"] as const;

/** Names of the example's `ci/NAME-values.yaml`. */
export const shapes: readonly string[] = readdirSync(
  new URL("../../charts/podmate-example/ci", import.meta.url),
)
  .map((file) => file.replace("-values.yaml", ""))
  .sort();

export function shapeFiles(shape: string): readonly string[] {
  return [`ci/${shape}-values.yaml`];
}
