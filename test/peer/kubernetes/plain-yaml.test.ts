import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { parseAllDocuments } from "yaml";
import { typeErrors } from "../../chart/typed-manifests.ts";
import { runVerb } from "../../daemon/podmate.ts";
import { ControlPlane, needsControlPlane } from "../../support/control-plane.ts";
import type { Manifest } from "../../support/helm.ts";
import { pathOf } from "../../support/kubernetes-objects.ts";
import { needs } from "../../support/needs.ts";
import { RealMemcached } from "../../support/real-memcached.ts";
import { tempDir } from "../../support/temp-dir.ts";

const file = (name: string): string =>
  fileURLToPath(new URL(`../../../deploy/kubernetes/${name}`, import.meta.url));
const example = readFileSync(file("example.yaml"), "utf8");
const page = readFileSync(new URL("../../../docs/run-beside-an-app.md", import.meta.url), "utf8");

const manifests = parseAllDocuments(example).map((document) => document.toJS() as Manifest);

interface PodSpec {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly initContainers: readonly { readonly name: string; readonly image: string }[];
        readonly [key: string]: unknown;
      };
    };
  };
}

t.test("the configuration in the example is one that podmate takes", async (t) => {
  const config = manifests.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === "podmate")!;
  const path = join(await tempDir(t), "podmate.yaml");
  await writeFile(path, (config["data"] as Record<string, string>)["podmate.yaml"]!);
  t.match(await runVerb(t, "check", "-c", path), { code: 0 });
  t.equal(await typeErrors(t, manifests), "");
});

t.test("its app counts in a memcached", async (t) => {
  if (!needs(t, "memcached") || !needs(t, "nc")) return;
  const { address } = await RealMemcached.start(t);
  const { data } = manifests.find(
    ({ kind, metadata }) => kind === "ConfigMap" && metadata.name === "app",
  ) as {
    data?: Record<string, string>;
  };
  const port = "port" in address ? String(address.port) : "";
  const once = data!["app.sh"]!.replace("11211", port).replace("sleep 5 & wait $!", "exit");
  const visits = () => spawnSync("sh", ["-c", once], { encoding: "utf8" }).stdout.replaceAll("\r", "");
  const times = (count: number) =>
    ["ann", "bob", "eve"].map((user) => `visits of ${user}: ${count}\n`).join("");
  t.equal(visits(), times(1));
  t.equal(visits(), times(2));
});

t.test("a real API server", async (t) => {
  if (!needsControlPlane(t)) return;
  const plane = await ControlPlane.start(t);

  t.test("takes the example as it stands, twice", async (t) => {
    const apply = ["apply", "--validate=strict", "-f", file("example.yaml")];
    const first = await plane.kubectl(apply);
    t.equal(first.match(/ created$/gm)?.length, manifests.length, first);
    const again = await plane.kubectl(apply);
    t.equal(again.match(/ unchanged$/gm)?.length, manifests.length, again);
    const can = await plane.kubectl([
      ...["auth", "can-i", "watch", "endpointslices.discovery.k8s.io"],
      ...["-n", "podmate-example", "--as=system:serviceaccount:podmate-example:app"],
    ]);
    t.equal(can, "yes\n");
  });

  t.test("takes the patch for a Deployment that is there, by the commands of the page", async (t) => {
    await plane.namespace("shop");
    const deployments = pathOf("shop", "apps/v1", "deployments");
    const labels = { app: "web" };
    await plane.create(deployments, {
      metadata: { name: "web" },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            initContainers: [{ name: "migrate", image: "app:1" }],
            containers: [
              { name: "app", image: "app:1", volumeMounts: [{ name: "data", mountPath: "/data" }] },
            ],
            volumes: [{ name: "data", emptyDir: {} }],
          },
        },
      },
    });
    const folder = await tempDir(t);
    const [, config] = /^`podmate\.yaml`:\n\n```yaml\n([\s\S]*?)^```/m.exec(page)!;
    await writeFile(join(folder, "podmate.yaml"), config!);
    const [, , block] = /## Without Helm[\s\S]*?```sh\n([\s\S]*?)```[\s\S]*?```sh\n([\s\S]*?)```/.exec(page)!;
    const commands = block!.trim().split("\n");
    t.equal(commands.length, 4);
    for (const command of commands) {
      const [, ...words] = command.replace(/#.*/, "").trim().split(/\s+/);
      const args = words
        .join(" ")
        .replace("--from-file=podmate.yaml", `--from-file=${folder}/podmate.yaml`)
        .replace("deploy/kubernetes/sidecar-patch.yaml", file("sidecar-patch.yaml"));
      t.match(await plane.kubectl(args.split(" ")), / (created|patched)\n$/, command);
    }
    const { json } = await plane.ask("GET", `${deployments}/web`);
    const { spec } = (json as PodSpec).spec.template;
    t.match(spec, {
      initContainers: [
        { name: "podmate", image: "podmate:0.1.0", restartPolicy: "Always" },
        { name: "migrate" },
      ],
      containers: [{ name: "app", volumeMounts: [{ name: "data" }] }],
      terminationGracePeriodSeconds: 55,
    });
    t.strictSame((spec["volumes"] as { name: string }[]).map(({ name }) => name).sort(), [
      "data",
      "podmate-api-token",
      "podmate-config",
    ]);
    const can = ["auth", "can-i", "list", "endpointslices.discovery.k8s.io", "-n", "shop"];
    t.equal(await plane.kubectl([...can, "--as=system:serviceaccount:shop:default"]), "yes\n");
  });

  t.test("both put the same container beside the app", async (t) => {
    const patch = parseAllDocuments(readFileSync(file("sidecar-patch.yaml"), "utf8"))[0]!.toJS() as PodSpec;
    const deployment = manifests.find(({ kind }) => kind === "Deployment") as unknown as PodSpec;
    const { env: _, ...own } = deployment.spec.template.spec.initContainers[0] as Record<string, unknown>;
    const { env: __, ...patched } = patch.spec.template.spec.initContainers[0] as Record<string, unknown>;
    t.strictSame(patched, own, "but for variables that replicate needs");
  });
});
