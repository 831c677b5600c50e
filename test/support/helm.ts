import { cp } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { findProgram, needsBuilt } from "./needs.ts";
import { TestProcess } from "./process.ts";
import type { Teardown } from "./teardown.ts";
import { tempDir } from "./temp-dir.ts";

const charts = fileURLToPath(new URL("../../charts", import.meta.url));

/** An object of Kubernetes as a chart renders it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [key: string]: unknown;
}

/** How `helm template` is asked. */
export interface Shape {
  /** Folder of the chart; else the example's. */
  readonly chart?: string;
  /** Files of values; relative paths start at the example's chart. */
  readonly files?: readonly string[];
  /** Words of `--set`. */
  readonly set?: readonly string[];
  /** Name of the release; else `shop`. */
  readonly release?: string;
  /** Version that the cluster has; else one with native sidecars. */
  readonly kubernetes?: string;
}

/** Whether helm is here; see `needsBuilt`. */
export function needsHelm(t: { plan(count: number, reason: string): void }): boolean {
  return needsBuilt(t, "helm");
}

/** The real helm with a copy of the charts in which the example has its library. */
export class Helm {
  readonly #t: Teardown;
  readonly #home: string;
  readonly folder: string;

  private constructor(t: Teardown, home: string) {
    this.#t = t;
    this.#home = home;
    this.folder = join(home, "charts");
  }

  static async start(t: Teardown): Promise<Helm> {
    const helm = new Helm(t, await tempDir(t));
    await cp(charts, helm.folder, {
      recursive: true,
      filter: (path) => !path.startsWith(join(charts, "podmate-example", "charts")),
    });
    await helm.run("dependency", "update", helm.example);
    return helm;
  }

  get example(): string {
    return join(this.folder, "podmate-example");
  }

  get library(): string {
    return join(this.folder, "podmate");
  }

  /** What a command prints; rejects with what it complains of. */
  async run(...args: readonly string[]): Promise<string> {
    // Nothing of the user's own helm is read or written.
    const env = {
      ...process.env,
      HELM_CACHE_HOME: join(this.#home, "cache"),
      HELM_CONFIG_HOME: join(this.#home, "config"),
      HELM_DATA_HOME: join(this.#home, "data"),
    };
    const child = new TestProcess(this.#t, findProgram("helm") ?? "helm", args, { env });
    const { code } = await child.exit;
    if (code !== 0) throw new Error(`${child.stdout}${child.stderr}`);
    return child.stdout;
  }

  /** A chart in a shape, in the namespace `web`. */
  async render({
    chart = this.example,
    files = [],
    set = [],
    release = "shop",
    kubernetes = "1.33",
  }: Shape): Promise<Manifest[]> {
    const text = await this.run(
      "template",
      release,
      chart,
      "--namespace=web",
      ...files.map((file) => `--values=${resolve(this.example, file)}`),
      ...set.map((word) => `--set=${word}`),
      `--kube-version=${kubernetes}`,
    );
    return parseAllDocuments(text).flatMap((document) => {
      for (const error of document.errors) throw error;
      return document.contents === null ? [] : [document.toJS() as Manifest];
    });
  }
}

/** The object of this kind whose name ends so. */
export function find(manifests: readonly Manifest[], kind: string, end = ""): Manifest {
  const found = manifests.find(({ kind: each, metadata }) => each === kind && metadata.name.endsWith(end));
  if (found === undefined) throw new Error(`there is no ${kind} *${end}`);
  return found;
}

/** The text of podmate.yaml in the ConfigMap. */
export function configOf(manifests: readonly Manifest[]): string {
  const { data } = find(manifests, "ConfigMap", "-podmate") as { data?: Record<string, string> };
  return data?.["podmate.yaml"] ?? "";
}
