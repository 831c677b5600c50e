import { find, type Manifest } from "../support/helm.ts";

export interface Container {
  readonly name: string;
  readonly restartPolicy?: string;
  readonly lifecycle?: unknown;
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly volumeMounts: readonly Readonly<Record<string, unknown>>[];
  readonly [key: string]: unknown;
}

interface PodSpec {
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly [key: string]: unknown;
}

/** The pod of the app, and podmate's container in it. */
export function podOf(manifests: readonly Manifest[], kind = "Deployment") {
  const { template } = find(manifests, kind).spec as {
    template: { metadata: { annotations: Record<string, string> }; spec: PodSpec };
  };
  const all = [...(template.spec.initContainers ?? []), ...template.spec.containers];
  const podmate = all.find(({ name }) => name === "podmate");
  if (podmate === undefined) throw new Error("podmate is not in the pod");
  return { ...template, podmate };
}

/** The variables of a container's environment that have a value. */
export function envOf(manifests: readonly Manifest[], container: string, kind = "Deployment") {
  const { spec } = podOf(manifests, kind);
  const all = [...(spec.initContainers ?? []), ...spec.containers];
  const env = all.find(({ name }) => name === container)?.["env"] as
    | readonly { readonly name: string; readonly value?: string }[]
    | undefined;
  return new Map(env?.map(({ name, value }) => [name, value]));
}
