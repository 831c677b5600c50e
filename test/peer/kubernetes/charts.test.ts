import t from "tap";
import { KubernetesScaler } from "../../../src/lifecycle/replicate/kubernetes-scaler.ts";
import { clustersOf, shapeFiles, shapes } from "../../chart/shapes.ts";
import { ControlPlane, type KubernetesObject, needsControlPlane } from "../../support/control-plane.ts";
import { find, Helm, needsHelm } from "../../support/helm.ts";
import { controller, createPod, pathOf } from "../../support/kubernetes-objects.ts";

const never = new AbortController().signal;
const group = "monitoring.coreos.com";

// helm runs many times.
t.setTimeout(300_000);

// One control plane for all.
t.test("a real API server", async (t) => {
  if (!needsControlPlane(t) || !needsHelm(t)) return;
  const plane = await ControlPlane.start(t);
  const helm = await Helm.start(t);
  const onCluster = ["--namespace=web", `--kubeconfig=${plane.kubeconfig}`];
  for (const namespace of ["web", "shared"]) await plane.namespace(namespace);
  for (const kind of ["PodMonitor", "PrometheusRule"]) await defineKind(plane, kind);
  const names = ["podmonitors", "prometheusrules"].map((plural) => `crd/${plural}.${group}`);
  await plane.kubectl(["wait", "--for=condition=Established", ...names]);

  t.test("it takes whatever the charts render, without a field that it does not know", async (t) => {
    for (const shape of shapes) {
      for (const kubernetes of clustersOf(shape)) {
        const manifests = await helm.render({ files: shapeFiles(shape), kubernetes });
        const text = JSON.stringify({ apiVersion: "v1", kind: "List", items: manifests });
        const said = await plane.kubectl(["apply", "--dry-run=server", "--validate=strict", "-f", "-"], text);
        const taken = said.match(/ created \(server dry run\)$/gm)?.length;
        t.equal(taken, manifests.length, `${shape} on ${kubernetes}`);
      }
    }
  });

  t.test("helm installs it, and says what to try", async (t) => {
    const said = await helm.run("install", "shop", helm.example, ...onCluster);
    t.match(said, /no registry has it until you have built it/);
    t.match(said, /exec deploy\/shop-podmate-example -c podmate -- podmate status/);
    t.match(said, /runs as a native sidecar/, "for the server says its version");
  });

  t.test("an upgrade leaves the number of pods that podmate has asked for", async (t) => {
    const shape = [`--values=${helm.example}/ci/replicate-values.yaml`];
    await helm.run("install", "scaled", helm.example, ...shape, ...onCluster);
    const path = pathOf("web", "apps/v1", "deployments", "scaled-podmate-example");
    const wanted = async (): Promise<unknown> => {
      const { json } = await plane.ask("GET", path);
      return (json as { spec: { replicas: number } }).spec.replicas;
    };
    t.equal(await wanted(), 1, "what Kubernetes takes for a missing number");

    // The pod as its controllers would have made it, with the account and the Role of the chart.
    const account = "scaled-podmate-example-podmate";
    const { json } = await plane.ask("GET", path);
    const owner = controller("apps/v1", "Deployment", json as KubernetesObject);
    const { pod } = await createPod(plane, "web", "scaled-x1", owner, account);
    const scaler = new KubernetesScaler(await plane.access("web", account), { POD_NAME: pod });
    const seen = await scaler.read(never);
    await scaler.write(seen, { replicas: 5, reason: "test", dryRun: false, overrules: true }, never);
    t.equal(await wanted(), 5);

    await helm.run("upgrade", "scaled", helm.example, ...shape, "--set=app.replicas=3", ...onCluster);
    t.equal(await wanted(), 5);
    await helm.run("rollback", "scaled", "1", ...onCluster);
    t.equal(await wanted(), 5);
  });

  t.test("the Role of a chart is for its own Deployment alone", async (t) => {
    const manifests = await helm.render({ files: shapeFiles("replicate"), release: "scaled" });
    const { rules } = find(manifests, "Role", "-replicate") as unknown as { rules: unknown };
    t.match(JSON.stringify(rules), '"resourceNames":["scaled-podmate-example"]');
    const can = async (...what: string[]) => {
      const as = "--as=system:serviceaccount:web:scaled-podmate-example-podmate";
      return (await plane.kubectl(["auth", "can-i", ...what, as, "-n", "web"]).catch(String)).includes("yes");
    };
    t.ok(await can("update", "deployments.apps/scaled-podmate-example", "--subresource=scale"));
    t.notOk(await can("update", "deployments.apps/shop-podmate-example", "--subresource=scale"));
    t.notOk(await can("delete", "deployments.apps/scaled-podmate-example"));
  });
});

/** A kind of the Prometheus operator, which takes any object: its own checks are not at hand. */
async function defineKind(plane: ControlPlane, kind: string): Promise<void> {
  const plural = `${kind.toLowerCase()}s`;
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  await plane.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  });
}
