import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { parse } from "yaml";
import { configOf, find, Helm, type Manifest, needsHelm } from "../support/helm.ts";
import { podOf } from "./pod.ts";
import { shapeFiles } from "./shapes.ts";

// helm runs many times.
t.setTimeout(300_000);

interface Labelled {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const noProbe = (name: string): string => `podmate.probes.${name}=null`;

const modeOf = (manifests: readonly Manifest[]): unknown =>
  (parse(configOf(manifests)) as { lifecycle: { mode: string } }).lifecycle.mode;

t.test("podmate is a native sidecar where there are some, and the first container before", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const cases = [
    ["default", "1.28", false],
    ["default", "1.29", true],
    ["default", "v1.33.2-gke.100", true],
    ["native", "1.29", true],
    ["plain", "1.33", false],
  ] as const;
  for (const [shape, kubernetes, native] of cases) {
    const manifests = await helm.render({ files: shapeFiles(shape), kubernetes });
    const { podmate, spec } = podOf(manifests);
    const name = `${shape} on ${kubernetes}`;
    t.equal(podmate.restartPolicy, native ? "Always" : undefined, name);
    t.equal(modeOf(manifests), native ? "native" : "sidecar", "the mode fits");
    t.equal(spec.containers[0]?.name, native ? "app" : "podmate");
    t.equal(podmate.lifecycle === undefined, native, "hooks are for the plain container");
  }
});

t.test("the pod is given the time that app and drain take", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const seconds = async (kubernetes: string, ...set: string[]): Promise<unknown> =>
    podOf(await helm.render({ set, kubernetes })).spec["terminationGracePeriodSeconds"];
  t.equal(await seconds("1.33"), 55, "one after the other: 25 + 25 + 5");
  t.equal(await seconds("1.28"), 30, "at the same time: 25 + 5");
  const drain = "podmate.config.lifecycle.drain";
  t.equal(await seconds("1.28", `${drain}=1.5m`), 95);
  t.equal(await seconds("1.33", `${drain}=250ms`, "podmate.appStopSeconds=7"), 13);
  t.equal(await seconds("1.33", `${drain}=0`), 30);
});

t.test("podmate's container may do nothing that it need not", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  for (const kubernetes of ["1.28", "1.33"]) {
    const { podmate, spec } = podOf(await helm.render({ kubernetes }));
    t.strictSame(podmate.securityContext, {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: "RuntimeDefault" },
    });
    t.equal(spec["automountServiceAccountToken"], false);
    t.strictSame(
      podmate.volumeMounts.map(({ mountPath }) => mountPath),
      ["/etc/podmate/podmate.yaml"],
    );
  }
});

t.test("roles hold what the configuration needs, where it needs it", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const rules = (manifests: readonly Manifest[]): unknown =>
    manifests
      .filter(({ kind }) => kind === "Role")
      .map((role) => [role.metadata.namespace, role.metadata.name, role["rules"]]);
  const token = (manifests: readonly Manifest[]): boolean =>
    podOf(manifests).podmate.volumeMounts.some(({ name }) => name === "podmate-api-token");

  const plain = await helm.render({});
  t.strictSame([rules(plain), token(plain)], [[], false]);

  const slices = [
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
  ];
  const discovery = await helm.render({ files: shapeFiles("kubernetes") });
  t.strictSame(rules(discovery), [
    ["shared", "web-shop-podmate-example-podmate-discovery", slices],
    ["web", "shop-podmate-example-podmate-discovery", slices],
  ]);
  t.ok(token(discovery));
  const { volumeMounts } = podOf(discovery).spec.containers[0]!;
  t.notMatch(volumeMounts, [{ name: "podmate-api-token" }], "the app does not have it");

  const scaling = await helm.render({ files: shapeFiles("replicate") });
  t.strictSame(rules(scaling), [
    [
      "web",
      "shop-podmate-example-podmate-replicate",
      [
        { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
        { apiGroups: ["apps"], resources: ["replicasets"], verbs: ["get"] },
        {
          apiGroups: ["apps"],
          resources: ["deployments/scale"],
          resourceNames: [find(scaling, "Deployment").metadata.name],
          verbs: ["get", "update"],
        },
      ],
    ],
  ]);
  t.ok(token(scaling));
  const replicaSets = async (...target: string[]): Promise<boolean> =>
    JSON.stringify(
      rules(
        await helm.render({
          files: shapeFiles("replicate"),
          set: target.map((word) => `podmate.replicateTarget.${word}`),
        }),
      ),
    ).includes('["replicasets"]');
  t.ok(await replicaSets("group=argoproj.io", "resource=rollouts"), "which has its pods by ReplicaSets");
  t.notOk(await replicaSets("resource=statefulsets"), "which has its pods itself");

  const command = await helm.render({ set: ["podmate.config.replicate.command={/bin/scale}"] });
  t.strictSame([rules(command), token(command)], [[], false], "a command asks no API server");
  const others = await helm.render({ files: shapeFiles("replicate"), set: ["podmate.rbac.create=false"] });
  t.strictSame(rules(others), [], "somebody else grants it");
});

t.test("a change of the configuration replaces the pods, or is taken while they run", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const changed = "podmate.config.log.level=debug";
  const checksum = async (...set: string[]): Promise<unknown> =>
    podOf(await helm.render({ set })).metadata.annotations["checksum/podmate-config"];

  t.match(await checksum(), /^[0-9a-f]{64}$/);
  t.not(await checksum(changed), await checksum());

  const reload = "podmate.configChange=reload";
  t.equal(await checksum(reload, changed), await checksum(reload));
  t.not(await checksum(reload, "podmate.config.workers=2"), await checksum(reload), "which needs a restart");

  const mounted = async (...set: string[]): Promise<unknown> =>
    podOf(await helm.render({ set })).podmate.volumeMounts[0];
  const file = { name: "podmate-config", readOnly: true };
  const path = "/etc/podmate/podmate.yaml";
  t.strictSame(await mounted(), { ...file, mountPath: path, subPath: "podmate.yaml" });
  t.strictSame(await mounted(reload), { ...file, mountPath: "/etc/podmate" }, "a folder, which is watched");
});

t.test("without probes the kubelet asks nothing", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  for (const set of [["podmate.probes=null"], ["startup", "liveness", "readiness"].map(noProbe)]) {
    const { podmate } = podOf(await helm.render({ set }));
    t.strictSame(
      Object.keys(podmate).filter((key) => key.endsWith("Probe")),
      [],
    );
  }
});

t.test("where podmate may scale the app, no manifest says how many pods there are", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const replicas = async (...set: string[]): Promise<unknown> =>
    (find(await helm.render({ set }), "Deployment")["spec"] as { replicas?: number }).replicas;
  t.equal(await replicas("app.replicas=3"), 3);
  t.equal(await replicas("app.replicas=3", "podmate.config.replicate.kubernetes=true"), undefined);
  t.equal(await replicas("app.replicas=3", "podmate.config.replicate.command={/bin/scale}"), undefined);
});

t.test("a policy by itself leaves the app's ports open", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const ingress = async (kubernetes: string, ...set: string[]): Promise<unknown> => {
    const words = ["enabled=true", ...set].map((word) => `podmate.networkPolicy.${word}`);
    const manifests = await helm.render({ set: words, kubernetes });
    return (find(manifests, "NetworkPolicy", "example-podmate")["spec"] as { ingress: unknown }).ingress;
  };
  const others = {
    ports: [
      { protocol: "TCP", port: 1, endPort: 9901 },
      { protocol: "TCP", port: 9903, endPort: 65535 },
      { protocol: "UDP" },
      { protocol: "SCTP" },
    ],
  };
  const probes = { ports: [{ protocol: "TCP", port: 9902 }] };
  t.strictSame(await ingress("1.33"), [probes, others]);
  t.strictSame(await ingress("1.21"), [probes, {}], "which knows no range of ports");
  const from = [{ ipBlock: { cidr: "10.0.0.0/8" } }];
  t.strictSame(await ingress("1.33", "scrapers[0].ipBlock.cidr=10.0.0.0/8"), [{ ...probes, from }, others]);
  const own = { ports: [{ port: 8080 }] };
  t.strictSame(await ingress("1.33", "ingress[0].ports[0].port=8080"), [probes, own], "unless it is said");
});

t.test("annotations stand at all objects, and an object's own come first", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const file = join(helm.folder, "values.json");
  const config = { replicate: { kubernetes: true } };
  const serviceAccount = { annotations: { team: "own", role: "arn" } };
  await writeFile(
    file,
    JSON.stringify({ podmate: { config, annotations: { team: "shop" }, serviceAccount } }),
  );
  const manifests = await helm.render({ files: ["ci/monitoring-values.yaml", file] });
  const annotations = manifests
    .filter(({ metadata }) => (metadata as Labelled).labels?.["app.kubernetes.io/name"] === "podmate")
    .map(({ kind, metadata }) => `${kind} ${(metadata as Labelled).annotations?.["team"]}`);
  t.strictSame([...new Set(annotations)].sort(), [
    "ConfigMap shop",
    "NetworkPolicy shop",
    "PodMonitor shop",
    "PrometheusRule shop",
    "Role shop",
    "RoleBinding shop",
    "ServiceAccount own",
  ]);
  t.match(find(manifests, "ConfigMap", "-dashboard").metadata, {
    annotations: { team: "shop", grafana_folder: "podmate" },
  });
  t.match(find(manifests, "ConfigMap", "example-podmate").metadata, { annotations: { team: "shop" } });
});

t.test("the pod has the secrets that its images need", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const secrets = async (...set: string[]) => podOf(await helm.render({ set })).spec["imagePullSecrets"];
  t.strictSame(await secrets("podmate.imagePullSecrets[0].name=registry"), [{ name: "registry" }]);
  t.equal(await secrets(), undefined);
});

t.test("the app has a budget for disruptions, unless it is not wanted or it is a Job", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const budgets = async (files: readonly string[], ...set: string[]): Promise<string[]> =>
    (await helm.render({ files, set }))
      .filter(({ kind }) => kind === "PodDisruptionBudget")
      .map(({ metadata }) => metadata.name)
      .sort();
  t.strictSame(await budgets([]), ["shop-memcached", "shop-podmate-example"]);
  t.strictSame(await budgets([], "app.maxUnavailable=null"), ["shop-memcached"]);
  t.strictSame(await budgets(shapeFiles("job")), ["shop-memcached"]);
});

t.test("a policy lets names be asked for where the cluster answers", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const rules = async (...set: string[]): Promise<unknown> => {
    const manifests = await helm.render({
      files: shapeFiles("monitoring"),
      set: set.map((word) => `podmate.networkPolicy.${word}`),
    });
    const { egress } = find(manifests, "NetworkPolicy", "-podmate")["spec"] as { egress: unknown[] };
    return egress.slice(0, -1);
  };
  const both = (port: number) => ["UDP", "TCP"].map((protocol) => ({ protocol, port }));
  t.strictSame(await rules(), [{ ports: both(53) }]);
  const other = ["dns.ports[0].protocol=UDP", "dns.ports[0].port=5353"];
  const to = "dns.to[0].ipBlock.cidr=169.254.20.10/32";
  t.strictSame(await rules(...other, "dns.ports[1].protocol=TCP", "dns.ports[1].port=5353", to), [
    { ports: both(5353), to: [{ ipBlock: { cidr: "169.254.20.10/32" } }] },
  ]);
  t.strictSame(await rules("dns.ports=null"), [], "servers by their addresses need no names");
});

t.test("a plain container stays while the app's preStop hook runs", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const quiet = async (kubernetes: string, ...set: string[]): Promise<unknown> => {
    const rendered = configOf(await helm.render({ set: set.map((word) => `podmate.${word}`), kubernetes }));
    return (parse(rendered) as { lifecycle: { quiet?: string } }).lifecycle.quiet;
  };
  t.equal(await quiet("1.28"), "6s", "it sleeps for 5 s");
  t.equal(await quiet("1.33"), undefined, "a native sidecar is told when the app has ended");
  t.equal(await quiet("1.28", "appPreStopSeconds=20"), "21s");
  t.equal(await quiet("1.28", "appPreStopSeconds=0"), "1s");
  t.equal(await quiet("1.28", "config.lifecycle.quiet=5500ms"), "5500ms");
  t.equal(await quiet("1.28", "appPreStopSeconds=0", "config.lifecycle.quiet=100ms"), "100ms");
  t.equal(await quiet("1.33", "config.lifecycle.quiet=1s"), "1s");
  const shorter = helm.render({ set: ["podmate.config.lifecycle.quiet=5s"], kubernetes: "1.28" });
  await t.rejects(shorter, {
    message: /lifecycle\.quiet: 5s has to be longer than .*appPreStopSeconds \(5\)/,
  });

  const hook = async (...set: string[]): Promise<unknown> => {
    const { spec } = podOf(await helm.render({ set }));
    return spec.containers.find(({ name }) => name === "app")?.lifecycle;
  };
  t.strictSame(await hook("podmate.appPreStopSeconds=7"), { preStop: { exec: { command: ["sleep", "7"] } } });
  t.equal(await hook("podmate.appPreStopSeconds=0"), undefined);
});

t.test("a native sidecar is refused where there is none", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const message = /podmate\.nativeSidecar: Kubernetes v1\.28 has no native sidecars/;
  await t.rejects(helm.render({ files: shapeFiles("native"), kubernetes: "1.28" }), { message });
});
