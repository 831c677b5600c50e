// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables in configuration files look like that
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { Helm, needsHelm } from "../support/helm.ts";

// helm runs many times.
t.setTimeout(300_000);

/** Values of the library, and what helm says of them. */
const cases: readonly (readonly [name: string, values: object, complaint: RegExp])[] = [
  ["an unknown value", { nativeSidecars: true }, /nativeSidecars/],
  ["an unknown value of a group", { podMonitor: { enable: true } }, /enable/],
  ["a wrong type", { probePort: "9902" }, /probePort/],
  ["a word that is none", { configChange: "restart" }, /configChange/],
  ["a setting that is none", { config: { pools: { cache: { sever: [] } } } }, /sever/],
  ["a setting of a wrong type", { config: { workers: "many" } }, /workers/],
  ["a duration without a unit", { config: { lifecycle: { drain: 25 } } }, /drain/],
  ["a mode, which the templates set", { config: { lifecycle: { mode: "native" } } }, /mode/],
  ["probes elsewhere", { config: { admin: { probes: ":9902" } } }, /probes/],
  [
    "a listener that is open to others",
    { config: { memcache: [{ name: "cache", listen: "0.0.0.0:11211", pool: "cache" }] } },
    /memcache\[0\]\.listen: 0\.0\.0\.0:11211 is no loopback address/,
  ],
  [
    "an HTTP listener on all addresses",
    { config: { http: [{ name: "api", listen: ":8080", pool: "cache" }] } },
    /http\[0\]\.listen: :8080 is no loopback address/,
  ],
  [
    "a management interface that is open to others",
    { config: { admin: { listen: "10.0.0.1:9901" } } },
    /admin\.listen: 10\.0\.0\.1:9901 is no loopback address/,
  ],
  [
    "a socket where podmate cannot write",
    { config: { memcache: [{ name: "cache", listen: "unix:/tmp/cache.sock", pool: "cache" }] } },
    /has to be in \/run\/podmate/,
  ],
  ["no pools", { config: { pools: null } }, /config\.pools is missing/],
  ["no listeners", { config: { memcache: [] } }, /has no listener/],
  ["a drain that is not known", { config: { lifecycle: { drain: "${DRAIN}" } } }, /grace period/],
  [
    "a namespace that only the pod knows, for a Role",
    {
      config: {
        pools: { far: { discover: { kubernetes: "cache", namespace: "${NAMESPACE}", port: 11211 } } },
      },
    },
    /pools\.far\.discover\.namespace: \$\{NAMESPACE\} is known to the pod alone/,
  ],
  [
    "an image without a name",
    { image: { repository: "" } },
    /image\.repository is empty: .* build it, push it/,
  ],
  [
    "less memory than the buffers may take",
    { resources: { limits: { memory: "128Mi" } } },
    /limits\.memory: 128Mi is less than podmate may take, 164 MiB: config\.workers \(1\) times config\.limits\.bytes \(64MiB\)/,
  ],
  [
    "and the buffers of all workers",
    { config: { workers: 4, limits: { bytes: "100MB" } }, resources: { limits: { memory: 300000000 } } },
    /less than podmate may take, 482 MiB/,
  ],
  ["a template that is none", { appName: "{{ nothing }}" }, /"nothing" not defined/],
];

t.test("helm refuses what podmate could not run with", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const file = join(helm.folder, "values.json");
  for (const [name, podmate, complaint] of cases) {
    await writeFile(file, JSON.stringify({ podmate }));
    await t.rejects(helm.render({ files: [file] }), { message: complaint }, name);
  }
});

t.test("values of the example that do not exist are refused, too", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  await t.rejects(helm.render({ set: ["memcached.count=3"] }), { message: /count/ });
  await t.rejects(helm.render({ set: ["app.replicas=two"] }), { message: /replicas/ });
});

t.test("memory that suffices is let through, and what cannot be told", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const file = join(helm.folder, "values.json");
  for (const [memory, config] of [
    ["164Mi", {}],
    ["0.5Gi", { workers: 4 }],
    [171966464, {}],
    [null, { limits: { bytes: "8GiB" } }],
    ["120Mi", { limits: { bytes: "${BYTES}" } }],
    ["200Mi", { workers: "auto" }],
  ] as const) {
    await writeFile(file, JSON.stringify({ podmate: { config, resources: { limits: { memory } } } }));
    await t.resolves(helm.render({ files: [file] }), `${memory} ${JSON.stringify(config)}`);
  }
});

t.test("texts may hold variables and templates", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const config = {
    workers: "${WORKERS:-1}",
    pools: { cache: { servers: null, discover: { kubernetes: "{{ .Release.Name }}-memcached" } } },
  };
  const file = join(helm.folder, "values.json");
  await writeFile(file, JSON.stringify({ podmate: { config } }));
  await t.resolves(helm.render({ files: [file] }));
});

t.test("a release whose memcached could have no name in Kubernetes is refused", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  await t.resolves(helm.render({ release: "a".repeat(42) }));
  await t.rejects(helm.render({ release: "a".repeat(43) }), { message: /longer than 42 characters/ });
});
