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

/**
 * What Kubernetes tells each container by its environment: `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT`.
 * `PODMATE_SERVICE_ACCOUNT` names another folder than the standard one, so that podmate also runs outside of a pod.
 */
export function kubernetesAccess(
  environment: Readonly<Record<string, string | undefined>>,
): KubernetesAccess {
  const account = environment["PODMATE_SERVICE_ACCOUNT"] || standardAccount;
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
  if (origin === null) {
    const how = "outside of one, set it and PODMATE_SERVICE_ACCOUNT (docs/discovery.md)";
    throw new NoAccess(`this is no pod of a cluster: KUBERNETES_SERVICE_HOST is not set; ${how}`);
  }
  const token = await accountFile(account, "token");
  // RFC 6750 section 2.1; anything else would be no header, or no token to the API server.
  if (!/^[\w.~+/=-]+$/.test(token)) throw new NoAccess(`${join(account, "token")} holds no token`);
  const ca = origin.startsWith("https:") ? await accountFile(account, "ca.crt") : undefined;
  return { origin, token, ca };
}

/** The pod's own namespace. */
export async function readNamespace({ account }: KubernetesAccess): Promise<string> {
  return await accountFile(account, "namespace");
}

/** The text of a file, without blanks around it. An empty token would make podmate anonymous to the API server. */
async function accountFile(account: string, name: string): Promise<string> {
  const path = join(account, name);
  const text = await readText(path, account);
  if (text === "") throw new NoAccess(`${path} is empty; it is read again at the next attempt`);
  return text;
}

async function readText(path: string, account: string): Promise<string> {
  try {
    return (await loadFs().promises.readFile(path, "utf8")).trim();
  } catch (error) {
    const why =
      account === standardAccount
        ? "is the service account mounted (automountServiceAccountToken)?"
        : "PODMATE_SERVICE_ACCOUNT names the folder of token, ca.crt and namespace";
    throw new NoAccess(`cannot read ${path} (${errorReason(error)}); ${why}`, { cause: error });
  }
}
