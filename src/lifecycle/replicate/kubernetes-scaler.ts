import { errorReason } from "../../core/error-reason.ts";
import {
  type ApiConnection,
  ApiRefusal,
  ApiStarting,
  answerTimeout,
  ask,
  connected,
  Text,
} from "../../upstream/discovery/kubernetes/api-connection.ts";
import { asRecord } from "../../upstream/discovery/kubernetes/endpoint-slice.ts";
import {
  type KubernetesAccess,
  NoAccess,
  readNamespace,
} from "../../upstream/discovery/kubernetes/kubernetes-access.ts";
import { Unreachable } from "../../upstream/discovery/kubernetes/unreachable.ts";
import {
  controllerOf,
  groupPath,
  instead,
  knownPlural,
  type ObjectReference,
  objectPath,
  scalableIn,
} from "./owner.ts";
import {
  NotScalable,
  type Scale,
  ScaleConflict,
  type ScaleOrder,
  type Scaler,
  type ScaleTarget,
  ScaleUnclear,
  TryLater,
} from "./scaler.ts";

const largestAnswer = 4 * 2 ** 20;
const roleIn = "docs/management.md";

/** A scale with what its replacement needs. */
export interface KubernetesScale extends Scale {
  readonly target: ScaleTarget;
  readonly path: string;
  /** The scale object as it was read, `resourceVersion` included. */
  readonly object: Readonly<Record<string, unknown>>;
}

/**
 * Scales what the pod belongs to, by the scale subresource (autoscaling/v1). The owner is found anew each time:
 *
 *     Pod ─▶ its controller ─▶ where that is a ReplicaSet: its controller, if it has one
 */
export class KubernetesScaler implements Scaler<KubernetesScale> {
  readonly #access: KubernetesAccess;
  readonly #env: Readonly<Record<string, string | undefined>>;

  /** Of the environment, `POD_NAME` or else `HOSTNAME` tell the pod, and `POD_NAMESPACE` or else the account its home. */
  constructor(access: KubernetesAccess, env: Readonly<Record<string, string | undefined>>) {
    this.#access = access;
    this.#env = env;
  }

  async read(signal: AbortSignal): Promise<KubernetesScale> {
    try {
      return await this.#read(signal);
    } catch (error) {
      throw unread(error);
    }
  }

  #read(signal: AbortSignal): Promise<KubernetesScale> {
    return connected(this.#access, async (connection) => {
      const get = (path: string) => talk(connection, { path, signal });
      const namespace = this.#env["POD_NAMESPACE"] || (await readNamespace(this.#access));
      const owner = await this.#owner(namespace, get);
      const { apiVersion, name } = owner;
      const plural = knownPlural(owner) ?? scalableIn(await get(groupPath(apiVersion)), owner);
      const path = `${objectPath(apiVersion, namespace, plural, name)}/scale`;
      return readScale({ ...owner, namespace }, path, await get(path));
    });
  }

  write(
    seen: KubernetesScale,
    { replicas, dryRun, overrules }: ScaleOrder,
    signal: AbortSignal,
  ): Promise<KubernetesScale> {
    return connected(this.#access, async (connection) => {
      const { target, path, object } = seen;
      const spec = { ...asRecord(object["spec"]), replicas };
      const { resourceVersion, ...metadata } = asRecord(object["metadata"]);
      // Without a version a scale is replaced whatever it has become.
      const version = overrules ? {} : { resourceVersion };
      const request = {
        path: dryRun ? `${path}?dryRun=All` : path,
        put: JSON.stringify({ ...object, metadata: { ...metadata, ...version }, spec }),
        signal,
      };
      try {
        return readScale(target, path, await talk(connection, request));
      } catch (error) {
        throw unwritten(error);
      }
    });
  }

  async #owner(namespace: string, get: (path: string) => Promise<unknown>): Promise<ObjectReference> {
    const pod = this.#env["POD_NAME"] || this.#env["HOSTNAME"];
    if (!pod) throw new NotScalable("neither POD_NAME nor HOSTNAME tell which pod this is: set POD_NAME");
    const owner = controllerOf(await get(objectPath("v1", namespace, "pods", pod)));
    if (owner === null)
      throw new NotScalable(`pod ${pod} has no controller that could be scaled; ${instead}`);
    if (owner.kind !== "ReplicaSet" || owner.apiVersion !== "apps/v1") return owner;
    const set = await get(objectPath(owner.apiVersion, namespace, "replicasets", owner.name));
    return controllerOf(set) ?? owner;
  }
}

/** Why a scale could not be read. */
function unread(error: unknown): unknown {
  if (error instanceof NoAccess) return new NotScalable(error.message, { cause: error });
  return mayPass(error) ? new TryLater(error.message, { cause: error }) : error;
}

/** Why a scale was not replaced. A server that fails, or falls silent, may have replaced it before. */
function unwritten(error: unknown): unknown {
  if (error instanceof Unreachable) return error;
  if (!(error instanceof ApiRefusal) || error.status >= 500)
    return new ScaleUnclear(`what has come of it is not known: ${errorReason(error)}`, { cause: error });
  if (error.status === 409) return new ScaleConflict(error.message, { cause: error });
  return mayPass(error) ? new TryLater(error.message, { cause: error }) : error;
}

/** Refused without having been done, because of the moment: the API server starts, or has too much to do (429). */
function mayPass(error: unknown): error is ApiRefusal {
  return error instanceof ApiStarting || (error instanceof ApiRefusal && error.status === 429);
}

async function talk(
  connection: ApiConnection,
  request: { readonly path: string; readonly put?: string; readonly signal: AbortSignal },
): Promise<unknown> {
  const text = new Text(largestAnswer);
  await ask(
    connection,
    { ...request, roleIn, bodyTimeout: answerTimeout },
    () => {},
    (chunk) => text.push(chunk),
  );
  try {
    return JSON.parse(text.toString());
  } catch (error) {
    throw new Error("the API server's answer is no JSON", { cause: error });
  }
}

function readScale(target: ScaleTarget, path: string, answer: unknown): KubernetesScale {
  const object = asRecord(answer);
  // What is 0 may be left out.
  const { replicas: wanted = 0 } = asRecord(object["spec"] ?? {});
  const { replicas: current = 0 } = asRecord(object["status"] ?? {});
  if (object["kind"] !== "Scale" || !isCount(wanted) || !isCount(current))
    throw new Error("the API server's answer is no scale");
  return { target, path, object, wanted, current };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
