import { asList, asRecord } from "../../upstream/discovery/kubernetes/endpoint-slice.ts";
import { NotScalable } from "./scaler.ts";

/** What to do where there is nobody to scale. */
export const instead =
  "run it by a Deployment, a StatefulSet or another owner that can be scaled, or have replicate.command scale";

/** An object of Kubernetes, within a namespace. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** Who looks after an object: the one of its `ownerReferences` that is its controller; null where nobody does. */
export function controllerOf(object: unknown): ObjectReference | null {
  const { ownerReferences } = asRecord(asRecord(object)["metadata"]);
  const references = Array.isArray(ownerReferences) ? asList(ownerReferences).map(asRecord) : [];
  const owner = references.find(({ controller }) => controller === true);
  if (owner === undefined) return null;
  const { apiVersion, kind, name } = owner;
  if (typeof apiVersion !== "string" || typeof kind !== "string" || typeof name !== "string")
    throw new Error("the API server's answer names an owner without kind or name");
  return { apiVersion, kind, name };
}

/** Names in paths of what Kubernetes itself has with a scale subresource. */
const plurals: Readonly<Record<string, string>> = {
  "apps/v1/Deployment": "deployments",
  "apps/v1/StatefulSet": "statefulsets",
  "apps/v1/ReplicaSet": "replicasets",
  "v1/ReplicationController": "replicationcontrollers",
};

/** null where the API server has to be asked for it; see `scalableIn`. */
export function knownPlural({ apiVersion, kind }: ObjectReference): string | null {
  return plurals[`${apiVersion}/${kind}`] ?? null;
}

/** The plural of a kind, from the list of what its group has; throws a NotScalable if that kind cannot be scaled. */
export function scalableIn(resources: unknown, { kind }: ObjectReference): string {
  const list = asList(asRecord(resources)["resources"]).map(asRecord);
  const own = list.find((each) => each["kind"] === kind && !String(each["name"]).includes("/"));
  if (own === undefined)
    throw new NotScalable(`the API server knows no ${kind}, to which the pod belongs; ${instead}`);
  const plural = String(own["name"]);
  if (!list.some(({ name }) => name === `${plural}/scale`)) {
    // Such as a DaemonSet, a Job, or the node of a static pod.
    throw new NotScalable(
      `the pod belongs to a ${kind}, which has no number of replicas (no scale subresource); ${instead}`,
    );
  }
  return plural;
}

/** `/api/v1` for the core group, `/apis/GROUP/VERSION` for all others. */
export function groupPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

export function objectPath(apiVersion: string, namespace: string, plural: string, name: string): string {
  const [home, own] = [namespace, name].map(encodeURIComponent);
  return `${groupPath(apiVersion)}/namespaces/${home}/${plural}/${own}`;
}
