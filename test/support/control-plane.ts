import { generateKeyPairSync, randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { stringify } from "yaml";
import type { KubernetesAccess } from "../../src/upstream/discovery/kubernetes/kubernetes-access.ts";
import { type Certificate, makeSignedCertificate } from "./certificates.ts";
import { freePort } from "./free-port.ts";
import { findProgram, needs, needsBuilt } from "./needs.ts";
import { patience } from "./patience.ts";
import { TestProcess } from "./process.ts";
import type { Teardown } from "./teardown.ts";
import { tempDir } from "./temp-dir.ts";

/** Somebody else may take a port between the choice and the start. */
const attempts = 3;
/** Between two questions whether it is ready, in ms. */
const pause = 50;

/** An answer of the API server; `json` is undefined where it is none. */
export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
}

/** An object as the API server has it. */
export interface KubernetesObject {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  readonly [key: string]: unknown;
}

/** Whether a control plane can be started here; see `needsBuilt`. */
export function needsControlPlane(t: { plan(count: number, reason: string): void }): boolean {
  return needsBuilt(t, "etcd", "kube-apiserver", "kubectl") && needs(t, "openssl") && needs(t, "setpriv");
}

/**
 * A real kube-apiserver with its etcd on free ports of 127.0.0.1, ended when the test ends. There are no controllers: what
 * they would make (pods of a Deployment, EndpointSlices of a Service) a test makes itself.
 *
 *     if (!needsControlPlane(t)) return;
 *     const plane = await ControlPlane.start(t);
 */
export class ControlPlane {
  readonly origin: string;
  readonly kubeconfig: string;
  readonly #t: Teardown;
  readonly #folder: string;
  readonly #flags: readonly string[];
  readonly #port: number;
  /** Of an account that may do everything. */
  readonly #token: string;
  readonly #certificate: Certificate & { readonly ca: string };
  readonly #agent: Agent;
  #server: TestProcess;

  private constructor(
    t: Teardown,
    folder: string,
    port: number,
    etcdPort: number,
    token: string,
    certificate: Certificate & { readonly ca: string },
    ca: Buffer,
  ) {
    this.#t = t;
    this.#folder = folder;
    this.#port = port;
    this.#token = token;
    this.#certificate = certificate;
    this.origin = `https://127.0.0.1:${port}`;
    this.kubeconfig = join(folder, "kubeconfig");
    this.#agent = new Agent({ keepAlive: true, ca });
    t.teardown(() => this.#agent.destroy());
    this.#flags = this.#serverFlags(etcdPort);
    this.#server = this.#launch();
  }

  /** Starts both and waits until the API server is ready, which takes some seconds. */
  static async start(t: Teardown): Promise<ControlPlane> {
    let said = "";
    for (let attempt = 0; attempt < attempts; attempt++) {
      const folder = await tempDir(t);
      const etcdPort = await freePort();
      const etcd = startEtcd(t, folder, etcdPort, await freePort());
      const plane = await ControlPlane.#over(t, folder, etcdPort);
      if (await plane.#isReady(() => !etcd.alive)) return plane;
      said = `${etcd.stderr.slice(-2_000)}\n${plane.#server.stderr.slice(-2_000)}`;
      await Promise.all([etcd.stop("SIGKILL"), plane.kill()]);
    }
    throw new Error(`the control plane did not start: ${said}`);
  }

  static async #over(t: Teardown, folder: string, etcdPort: number): Promise<ControlPlane> {
    const certificate = makeSignedCertificate(folder, "kube-apiserver", ["IP:127.0.0.1", "DNS:localhost"]);
    const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    await writeFile(join(folder, "accounts.pem"), key.export({ type: "sec1", format: "pem" }));
    const token = randomUUID();
    await writeFile(join(folder, "tokens.csv"), `${token},admin,1,system:masters\n`);
    const ca = await readFile(certificate.ca);
    const plane = new ControlPlane(t, folder, await freePort(), etcdPort, token, certificate, ca);
    await plane.#writeKubeconfig(token);
    return plane;
  }

  /** Asks as somebody who may do everything, or with another token. A body that is no text is JSON. */
  async ask(
    method: string,
    path: string,
    body?: unknown,
    { token = this.#token, type = "application/json" } = {},
  ): Promise<ApiAnswer> {
    const sent = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
    const headers = {
      accept: "application/json",
      authorization: `Bearer ${token}`,
      ...(sent !== undefined && { "content-type": type }),
    };
    return await new Promise((resolve, reject) => {
      const asked = request(this.origin + path, { method, headers, agent: this.#agent }, (response) => {
        textOf(response).then((text) => {
          resolve({ status: response.statusCode ?? 0, text, json: jsonOf(text) });
        }, reject);
      });
      asked.once("error", reject).end(sent);
    });
  }

  /** Makes an object, and gives it as the API server has it. */
  async create(path: string, object: unknown): Promise<KubernetesObject> {
    const { status, text, json } = await this.ask("POST", path, object);
    if (status !== 201) throw new Error(`POST ${path}: ${status} ${text}`);
    return json as KubernetesObject;
  }

  /** Runs kubectl to its end; gives what it prints, or rejects with what it complains of. */
  async kubectl(args: readonly string[], input = ""): Promise<string> {
    const home = { HOME: this.#folder, KUBECONFIG: this.kubeconfig };
    const program = findProgram("kubectl") ?? "kubectl";
    const child = new TestProcess(this.#t, program, args, { env: { ...process.env, ...home }, input });
    const { code } = await child.exit;
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${child.stdout}${child.stderr}`);
    return child.stdout;
  }

  /** Makes a namespace with the account that a controller would give it, without which it takes no pods. */
  async namespace(name: string): Promise<void> {
    await this.create("/api/v1/namespaces", { metadata: { name } });
    await this.create(`/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: "default" } });
  }

  /** Makes a service account that is allowed nothing, and a folder as Kubernetes mounts it in a pod. */
  async account(namespace: string, name: string): Promise<KubernetesAccess> {
    await this.create(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name } });
    return await this.access(namespace, name);
  }

  /** Such a folder for a service account that is there. */
  async access(namespace: string, name: string): Promise<KubernetesAccess> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    const account = await tempDir(this.#t);
    const { status } = await this.create(`${path}/${name}/token`, {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: 3_600 },
    });
    await writeFile(join(account, "token"), (status as { token: string }).token);
    await writeFile(join(account, "namespace"), namespace);
    await writeFile(join(account, "ca.crt"), await readFile(this.#certificate.ca));
    return { origin: this.origin, account };
  }

  /** Variables by which podmate finds it outside of a pod. */
  variables({ account }: KubernetesAccess): Record<string, string> {
    return {
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: String(this.#port),
      PODMATE_SERVICE_ACCOUNT: account,
    };
  }

  /** Ends the API server at once. Asked to end, it would wait a minute for those who watch. */
  async kill(): Promise<void> {
    await this.#server.stop("SIGKILL");
  }

  /** Starts the API server again, at the same address and with what etcd has kept; does not wait until it is ready. */
  restart(): void {
    this.#server = this.#launch();
  }

  /** Resolves when the API server is ready. */
  async ready(): Promise<void> {
    if (!(await this.#isReady()))
      throw new Error(`kube-apiserver is not ready: ${this.#server.stderr.slice(-2_000)}`);
  }

  async #isReady(isHopeless = () => false): Promise<boolean> {
    const due = performance.now() + 2 * patience;
    while (performance.now() < due && this.#server.alive && !isHopeless()) {
      const { status } = await this.ask("GET", "/readyz").catch(() => ({ status: 0 }));
      if (status === 200) return true;
      await delay(pause);
    }
    return false;
  }

  #launch(): TestProcess {
    return launch(this.#t, "kube-apiserver", this.#flags);
  }

  #serverFlags(etcdPort: number): string[] {
    const file = (name: string): string => join(this.#folder, name);
    return [
      `--etcd-servers=http://127.0.0.1:${etcdPort}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${this.#port}`,
      // No loopback address is taken; this one, which documents use, need not be there.
      "--advertise-address=192.0.2.1",
      `--tls-cert-file=${this.#certificate.cert}`,
      `--tls-private-key-file=${this.#certificate.key}`,
      `--token-auth-file=${file("tokens.csv")}`,
      "--authorization-mode=RBAC",
      "--service-cluster-ip-range=10.96.0.0/16",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${file("accounts.pem")}`,
      `--service-account-signing-key-file=${file("accounts.pem")}`,
    ];
  }

  async #writeKubeconfig(token: string): Promise<void> {
    const cluster = { server: this.origin, "certificate-authority": this.#certificate.ca };
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "test", cluster }],
      users: [{ name: "admin", user: { token } }],
      contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
      "current-context": "test",
    };
    await writeFile(this.kubeconfig, stringify(config));
  }
}

function startEtcd(t: Teardown, folder: string, port: number, peerPort: number): TestProcess {
  const [clients, peers] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  return launch(t, "etcd", [
    `--data-dir=${join(folder, "etcd")}`,
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
    "--unsafe-no-fsync",
    "--log-level=error",
  ]);
}

/** Runs a program that the kernel ends with this process, also where that is killed by a timeout of tap. */
function launch(t: Teardown, name: string, flags: readonly string[]): TestProcess {
  const program = findProgram(name) ?? name;
  return new TestProcess(t, "setpriv", ["--pdeathsig", "KILL", program, ...flags]);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
