import { join } from "node:path";
import { errorReason } from "../../../core/error-reason.ts";
import { loadFs } from "../../../core/lazy-builtins.ts";

/** How a pod reaches its cluster's API server, and as whom. */
export interface KubernetesAccess {
  /** `https://host:port`; null outside of a cluster. */
  readonly origin: string | null;
  /** Folder of the service account: files `token`, `ca.crt` and `namespace`. */
  readonly account: string;
}

/** Where Kubernetes mounts the service account of a pod. */
export const standardAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

/** What Kubernetes tells each container by its environment. */
export function kubernetesAccess(
  environment: Readonly<Record<string, string | undefined>>,
  account = standardAccount,
): KubernetesAccess {
  const host = environment["KUBERNETES_SERVICE_HOST"];
  const port = environment["KUBERNETES_SERVICE_PORT"] || "443";
  if (!host) return { origin: null, account };
  return { origin: `https://${host.includes(":") ? `[${host}]` : host}:${port}`, account };
}

/** Whom and what to trust for the next connection. Read anew each time: the kubelet replaces a token before it expires. */
export interface Credentials {
  readonly origin: string;
  readonly token: string;
  /** PEM; undefined where the connection is not by TLS. */
  readonly ca: string | undefined;
}

/** There is no cluster, or no service account that could be used. */
export class NoAccess extends Error {}

/** Rejects with a NoAccess, in words, where there is no cluster or no service account. */
export async function readCredentials({ origin, account }: KubernetesAccess): Promise<Credentials> {
  if (origin === null) throw new NoAccess("this is no pod of a cluster: KUBERNETES_SERVICE_HOST is not set");
  const token = await accountFile(account, "token");
  const ca = origin.startsWith("https:") ? await accountFile(account, "ca.crt") : undefined;
  return { origin, token: token.trim(), ca };
}

/** The pod's own namespace. */
export async function readNamespace({ account }: KubernetesAccess): Promise<string> {
  return (await accountFile(account, "namespace")).trim();
}

async function accountFile(account: string, name: string): Promise<string> {
  const path = join(account, name);
  try {
    return await loadFs().promises.readFile(path, "utf8");
  } catch (error) {
    const why = "is the service account mounted (automountServiceAccountToken)?";
    throw new NoAccess(`cannot read ${path} (${errorReason(error)}); ${why}`, { cause: error });
  }
}
