import { readFileSync } from "node:fs";
import t, { type Test } from "tap";
import { systemClock } from "../../../src/core/clock.ts";
import { KubernetesScaler } from "../../../src/lifecycle/replicate/kubernetes-scaler.ts";
import type { ReplicateOptions } from "../../../src/lifecycle/replicate/replicate-options.ts";
import { type Replicas, Replicator } from "../../../src/lifecycle/replicate/replicator.ts";
import { ScaleConflict } from "../../../src/lifecycle/replicate/scaler.ts";
import { ControlPlane, type KubernetesObject, needsControlPlane } from "../../support/control-plane.ts";
import {
  controller,
  createDeployment,
  createPod,
  pathOf,
  rolesOf,
} from "../../support/kubernetes-objects.ts";

const never = new AbortController().signal;
const page = readFileSync(new URL("../../../docs/management.md", import.meta.url), "utf8");
const options: ReplicateOptions = {
  by: { kind: "kubernetes" },
  min: 0,
  max: 100,
  cool_down: 0,
  timeout: 60_000,
};
const order = { reason: "test", dryRun: false };

/** What asks to replicate, as one podmate has it. */
function replicator() {
  return new Replicator({ clock: systemClock, random: Math.random, log: () => {}, seen() {}, ran() {} });
}

// One control plane for all: each test leaves it as the next one expects it.
t.test("a real API server", async (t) => {
  if (!needsControlPlane(t)) return;
  const plane = await ControlPlane.start(t);
  await plane.namespace("shop");
  const access = await plane.account("shop", "app");
  const { pod } = await createDeployment(plane, "shop", "web", 2);
  const scaler = new KubernetesScaler(access, { POD_NAME: pod });
  const deployment = pathOf("shop", "apps/v1", "deployments", "web");
  const replicas = async (): Promise<unknown> => {
    const { json } = await plane.ask("GET", `${deployment}/scale`);
    return (json as { spec: { replicas?: number } }).spec.replicas;
  };
  const ask = (replicas: Replicas, dryRun = false) =>
    replicator().request(scaler, options, { replicas, reason: "test", dryRun });

  t.test("without a Role it says which, and with the one of the page it scales", async (t) => {
    await t.rejects(scaler.read(never), {
      message: /^the API server answers 403: pods "web-5f-x1" is forbidden: .*Role/,
    });
    await plane.kubectl(["apply", "-f", "-"], rolesOf(page));
    t.match(await scaler.read(never), { target: { kind: "Deployment", name: "web" }, wanted: 2, current: 0 });
    t.match(await ask({ more: 1 }, true), { result: "dry_run", before: 2, after: 3 });
    t.equal(await replicas(), 2, "which the API server has checked and not done");
    t.match(await ask({ more: 1 }), { result: "scaled", before: 2, after: 3 });
    t.equal(await replicas(), 3);
  });

  t.test("ten pods that ask for one more at the same time get ten more", async (t) => {
    const results = await Promise.all(Array.from({ length: 10 }, () => ask({ more: 1 })));
    t.strictSame(
      results.map(({ after }) => after).sort((a, b) => a! - b!),
      [4, 5, 6, 7, 8, 9, 10, 11, 12, 13],
    );
    t.equal(await replicas(), 13);
  });

  t.test("a number overrules what others have set since it was read; so many more do not", async (t) => {
    const seen = await scaler.read(never);
    await plane.kubectl(["-n", "shop", "scale", "deployment/web", "--replicas=7"]);
    const more = scaler.write(seen, { ...order, replicas: 14, overrules: false }, never);
    t.ok((await failureOf(more)) instanceof ScaleConflict);
    t.match(await scaler.write(seen, { ...order, replicas: 5, overrules: true }, never), { wanted: 5 });
    t.equal(await replicas(), 5);
  });

  t.test("a custom resource that has a scale", async (t) => {
    await startRollouts(t, plane);
    const rollout = await plane.create("/apis/example.com/v1/namespaces/shop/rollouts", {
      apiVersion: "example.com/v1",
      kind: "Rollout",
      metadata: { name: "web" },
      spec: { replicas: 2 },
    });
    const { pod } = await createPod(
      plane,
      "shop",
      "rollout-x1",
      controller("example.com/v1", "Rollout", rollout),
    );
    const scaler = new KubernetesScaler(access, { POD_NAME: pod });
    const seen = await scaler.read(never);
    t.match(seen, { target: { kind: "Rollout", name: "web" }, wanted: 2 });
    t.match(await scaler.write(seen, { ...order, replicas: 3, overrules: false }, never), { wanted: 3 });
    const late = scaler.write(seen, { ...order, replicas: 9, overrules: false }, never);
    t.ok((await failureOf(late)) instanceof ScaleConflict);
    t.match(await scaler.write(seen, { ...order, replicas: 4, overrules: true }, never), { wanted: 4 });
  });

  t.test(
    "server-side apply leaves the number where it is not said, and is told that podmate has it",
    async (t) => {
      const manifest = (replicas: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: gitops, namespace: shop }
spec:${replicas}
  selector: { matchLabels: { app: gitops } }
  template:
    metadata: { labels: { app: gitops } }
    spec: { containers: [ { name: app, image: "app:1" } ] }
`;
      const apply = (replicas: string, ...flags: string[]) =>
        plane.kubectl(["apply", "--server-side", ...flags, "-f", "-"], manifest(replicas));
      await apply("");
      const { json } = await plane.ask("GET", pathOf("shop", "apps/v1", "deployments", "gitops"));
      const owner = controller("apps/v1", "Deployment", json as KubernetesObject);
      const { pod } = await createPod(plane, "shop", "gitops-x1", owner);
      await allow(plane, "deployments", "gitops");
      const scaler = new KubernetesScaler(access, { POD_NAME: pod });
      const scale = async (replicas: number) =>
        await scaler.write(await scaler.read(never), { ...order, replicas, overrules: true }, never);
      const wanted = async () => (await scaler.read(never)).wanted;
      await scale(6);
      await apply("");
      t.equal(await wanted(), 6, "a manifest without the number does not touch it");

      await apply("\n  replicas: 2");
      t.equal(await wanted(), 2, "one that has it sets it");
      await scale(7);
      const conflict = /conflict with "podmate" with subresource "scale".*\.spec\.replicas/s;
      t.match(String(await failureOf(apply("\n  replicas: 2"))), conflict);
      await apply("");
      t.equal(await wanted(), 7, "and what it has lost it does not take away by leaving it out");
      await apply("\n  replicas: 2", "--force-conflicts");
      t.equal(await wanted(), 2);
    },
  );

  t.test("while the API server starts, a request waits for it instead of missing a Role", async (t) => {
    await plane.kill();
    await t.rejects(ask({ count: 8 }), {
      kind: "failed",
      message: `the API server at ${plane.origin} cannot be reached: connect ECONNREFUSED`,
    });
    plane.restart();
    const outcomes = new Set<string>();
    for (let done = false; !done; ) {
      done = await ask({ count: 8 }).then(
        () => true,
        ({ message }: Error) => {
          outcomes.add(message);
          return false;
        },
      );
    }
    t.equal(await replicas(), 8);
    t.strictSame(
      [...outcomes].filter((message) => !/ECONN|500|503|hang up|other side closed/.test(message)),
      [],
    );
  });
});

/** What a promise rejects with. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => new Error("it succeeded"),
    (error: unknown) => error,
  );
}

/** A kind of its own with a scale, and leave to scale it. */
async function startRollouts(t: Test, plane: ControlPlane): Promise<void> {
  const schema = {
    type: "object",
    properties: {
      spec: { type: "object", properties: { replicas: { type: "integer" } } },
      status: { type: "object", properties: { replicas: { type: "integer" } } },
    },
  };
  const paths = { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" };
  await plane.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    metadata: { name: "rollouts.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { kind: "Rollout", plural: "rollouts" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          subresources: { scale: paths, status: {} },
        },
      ],
    },
  });
  await plane.kubectl(["wait", "--for=condition=Established", "crd/rollouts.example.com"]);
  await allow(plane, "rollouts", "web", "example.com");
  t.pass("its kind is known");
}

/** Lets the account `app` scale one object more. */
async function allow(plane: ControlPlane, plural: string, name: string, group = "apps"): Promise<void> {
  const role = `scale-${plural}-${name}`;
  const what = ["--verb=get,update", `--resource=${plural}.${group}/scale`, `--resource-name=${name}`];
  await plane.kubectl(["-n", "shop", "create", "role", role, ...what]);
  await plane.kubectl([
    "-n",
    "shop",
    "create",
    "rolebinding",
    role,
    `--role=${role}`,
    "--serviceaccount=shop:app",
  ]);
}
