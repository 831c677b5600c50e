import { readdirSync } from "node:fs";

/** Versions of Kubernetes without native sidecars, and with them. */
export const clusters = ["1.28", "1.33"] as const;

/** Names of the example's `ci/NAME-values.yaml`. */
export const shapes: readonly string[] = readdirSync(
  new URL("../../charts/podmate-example/ci", import.meta.url),
)
  .map((file) => file.replace("-values.yaml", ""))
  .sort();

/** The versions that a shape is for: what insists on a native sidecar is refused by the others. */
export function clustersOf(shape: string): readonly string[] {
  return shape === "native" ? ["1.33"] : clusters;
}

export function shapeFiles(shape: string): readonly string[] {
  return [`ci/${shape}-values.yaml`];
}
