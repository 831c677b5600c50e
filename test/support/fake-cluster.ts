import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KubernetesAccess } from "../../src/upstream/discovery/kubernetes/kubernetes-access.ts";
import { type ApiRequest, FakeApiServer } from "./fake-api-server.ts";
import type { Teardown } from "./teardown.ts";
import { tempDir } from "./temp-dir.ts";

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Objects by their paths, served as an API server would, with scales that can be replaced. */
export class FakeCluster {
  readonly #server: FakeApiServer;
  readonly objects = new Map<string, Record<string, unknown>>();
  /** Answers in place of what there is, for the next requests whose method and path begin so. */
  readonly instead: { readonly what: string; readonly answer: Answer | "hang" | "cut" }[] = [];
  readonly access: KubernetesAccess;
  /** What `/readyz` answers: 200, unless the server is still starting. */
  readyz = 200;

  private constructor(server: FakeApiServer, account: string) {
    this.#server = server;
    this.access = { origin: server.origin, account };
    server.onRequest = (request) => void this.#take(request);
  }

  /** With a service account of the namespace `shop`. */
  static async start(t: Teardown): Promise<FakeCluster> {
    const account = await tempDir(t);
    await writeFile(join(account, "token"), "token-1\n");
    await writeFile(join(account, "namespace"), "shop\n");
    return new FakeCluster(await new FakeApiServer().start(t), account);
  }

  /** What was asked for, with the query. */
  get asked(): string[] {
    return this.#server.requests.map(({ method, url }) => `${method} ${url.pathname}${url.search}`);
  }

  get tokens(): string[] {
    return this.#server.requests.map(({ authorization }) => authorization);
  }

  /** Puts an object of the namespace `shop`, looked after by `owner`. */
  add(
    path: string,
    owner?: { readonly apiVersion: string; readonly kind: string; readonly name: string },
  ): void {
    const other = { apiVersion: "v1", kind: "Namespace", name: "shop" };
    const references = owner === undefined ? [] : [other, { ...owner, controller: true }];
    this.objects.set(path, { metadata: { ownerReferences: references } });
  }

  /** Puts the scale of the object at `path`. */
  addScale(path: string, replicas: number): void {
    this.objects.set(`${path}/scale`, {
      kind: "Scale",
      apiVersion: "autoscaling/v1",
      metadata: { name: path.split("/").at(-1), namespace: "shop", resourceVersion: "1" },
      spec: { replicas },
      status: { replicas, selector: "app=web" },
    });
  }

  /** Replicas that there should be. */
  wanted(path: string): unknown {
    const { spec } = this.objects.get(`${path}/scale`) as { spec: { replicas: number } };
    return spec.replicas;
  }

  /** Somebody else scales. */
  touch(path: string, replicas: number): void {
    this.#replace(`${path}/scale`, replicas);
  }

  async #take(request: ApiRequest): Promise<void> {
    const what = `${request.method} ${request.url.pathname}`;
    const index = this.instead.findIndex((each) => what.startsWith(each.what));
    const [special] = index < 0 ? [] : this.instead.splice(index, 1);
    if (special?.answer === "hang") return;
    if (special?.answer === "cut") return void request.response.destroy();
    const { status, body } = special?.answer ?? (await this.#answer(request));
    const text = typeof body === "string" ? body : JSON.stringify(body);
    request.response.writeHead(status, { "content-type": "application/json" }).end(text);
  }

  async #answer({ method, url, body }: ApiRequest): Promise<Answer> {
    const path = url.pathname;
    if (path === "/readyz") return { status: this.readyz, body: "" };
    const object = this.objects.get(path);
    if (object === undefined) return refusal(404, `${path} not found`);
    if (method === "GET") return { status: 200, body: object };
    const put = JSON.parse(await body) as {
      metadata: { resourceVersion?: string };
      spec: { replicas: number };
    };
    const { resourceVersion } = object["metadata"] as { resourceVersion: string };
    // Without a version it is replaced whatever it has become.
    if ((put.metadata.resourceVersion ?? resourceVersion) !== resourceVersion)
      return refusal(409, "the object has been modified; please apply your changes to the latest version");
    if (url.searchParams.get("dryRun") === "All") return { status: 200, body: { ...object, spec: put.spec } };
    this.#replace(path, put.spec.replicas);
    return { status: 200, body: this.objects.get(path) };
  }

  #replace(path: string, replicas: number): void {
    const object = this.objects.get(path)!;
    const metadata = object["metadata"] as { resourceVersion: string };
    const resourceVersion = String(Number(metadata.resourceVersion) + 1);
    this.objects.set(path, { ...object, metadata: { ...metadata, resourceVersion }, spec: { replicas } });
  }
}

/** A refusal in the words of an API server. */
export function refusal(status: number, message: string): Answer {
  return { status, body: { kind: "Status", apiVersion: "v1", status: "Failure", message, code: status } };
}
