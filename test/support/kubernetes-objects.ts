import { parseAllDocuments } from "yaml";
import type { ControlPlane, KubernetesObject } from "./control-plane.ts";

/** Path of a namespaced kind of Kubernetes' own, or of one of its objects. */
export function pathOf(
  namespace: string,
  group: "v1" | "apps/v1" | "discovery.k8s.io/v1",
  kind: string,
  name?: string,
) {
  const root = group === "v1" ? "/api/v1" : `/apis/${group}`;
  return `${root}/namespaces/${namespace}/${kind}${name === undefined ? "" : `/${name}`}`;
}

const labels = { app: "web" };
const template = { metadata: { labels }, spec: { containers: [{ name: "app", image: "app:1" }] } };

/** A Deployment with the ReplicaSet and the pod that controllers would have made of it. */
export async function createDeployment(
  plane: ControlPlane,
  namespace: string,
  name: string,
  replicas: number,
): Promise<{ readonly pod: string }> {
  const spec = { selector: { matchLabels: labels }, template };
  const deployment = await plane.create(pathOf(namespace, "apps/v1", "deployments"), {
    metadata: { name },
    spec: { ...spec, replicas },
  });
  const set = await plane.create(pathOf(namespace, "apps/v1", "replicasets"), {
    metadata: {
      name: `${name}-5f`,
      labels,
      ownerReferences: [controller("apps/v1", "Deployment", deployment)],
    },
    spec,
  });
  return await createPod(plane, namespace, `${name}-5f-x1`, controller("apps/v1", "ReplicaSet", set));
}

/** A pod of a service account, which has to be there. */
export async function createPod(
  plane: ControlPlane,
  namespace: string,
  name: string,
  owner: ReturnType<typeof controller>,
  account = "app",
): Promise<{ readonly pod: string }> {
  await plane.create(pathOf(namespace, "v1", "pods"), {
    metadata: { name, labels, ownerReferences: [owner] },
    spec: { ...template.spec, serviceAccountName: account, automountServiceAccountToken: false },
  });
  return { pod: name };
}

/** The entry of `ownerReferences` that makes an object a controller. */
export function controller(apiVersion: string, kind: string, { metadata: { name, uid } }: KubernetesObject) {
  return { apiVersion, kind, name, uid, controller: true };
}

/** The manifests in the blocks of YAML of a page that hold a Role, as they stand there. */
export function rolesOf(page: string): string {
  const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, block]) => block!);
  const found = blocks.filter((block) =>
    parseAllDocuments(block).some(
      (document) => (document.toJS() as { kind?: string } | null)?.kind === "Role",
    ),
  );
  if (found.length === 0) throw new Error("the page has no Role");
  return found.join("---\n");
}
