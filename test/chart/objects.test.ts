import t from "tap";
import { parse } from "yaml";
import { configOf, find, Helm, type Manifest, needsHelm } from "../support/helm.ts";
import { shapeFiles } from "./shapes.ts";

// helm runs many times.
t.setTimeout(300_000);

interface Container {
  readonly name: string;
  readonly restartPolicy?: string;
  readonly lifecycle?: unknown;
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly volumeMounts: readonly Readonly<Record<string, unknown>>[];
  readonly [key: string]: unknown;
}

interface PodSpec {
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly [key: string]: unknown;
}

/** The pod of the app, and podmate's container in it. */
function podOf(manifests: readonly Manifest[], kind = "Deployment") {
  const { template } = find(manifests, kind).spec as {
    template: { metadata: { annotations: Record<string, string> }; spec: PodSpec };
  };
  const all = [...(template.spec.initContainers ?? []), ...template.spec.containers];
  const podmate = all.find(({ name }) => name === "podmate");
  if (podmate === undefined) throw new Error("podmate is not in the pod");
  return { ...template, podmate };
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
    ["native", "1.28", true],
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

t.test("a Job beside a plain container tells podmate to end", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const stop = async (kubernetes: string): Promise<unknown> => {
    const { spec } = podOf(await helm.render({ files: shapeFiles("job"), kubernetes }), "Job");
    const { env } = spec.containers.find(({ name }) => name === "app") as unknown as {
      env: { name: string; value: string }[];
    };
    return env.find(({ name }) => name === "STOP")?.value;
  };
  t.equal(await stop("1.28"), "http://127.0.0.1:9901/lifecycle/stop");
  t.equal(await stop("1.33"), undefined);
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

t.test("verbs in the container find the daemon where it listens", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const cases = [
    [":9911", "127.0.0.1:9911"],
    ["0.0.0.0:9911", "127.0.0.1:9911"],
    ["unix:/run/podmate/admin.sock", "unix:/run/podmate/admin.sock"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: variables in configuration files look like that
    ["${POD_IP}:${PORT:-9911}", "$(POD_IP):$(PORT)"],
  ] as const;
  for (const [listen, expected] of cases) {
    const set = [
      "podmate.loopbackOnly=false",
      `podmate.config.admin.listen=${listen}`,
      "podmate.env[0].name=PORT",
      "podmate.env[0].value=a",
    ];
    const { podmate } = podOf(await helm.render({ set, kubernetes: "1.28" }));
    const env = podmate["env"] as readonly { readonly name: string; readonly value?: string }[];
    t.strictSame(env.at(-1), { name: "PODMATE_ADMIN", value: expected }, listen);
  }
});
