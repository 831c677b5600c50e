import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { KubernetesScaler } from "../../../src/lifecycle/replicate/kubernetes-scaler.ts";
import {
  NotScalable,
  ScaleConflict,
  ScaleUnclear,
  TryLater,
} from "../../../src/lifecycle/replicate/scaler.ts";
import { FakeCluster, refusal } from "../../support/fake-cluster.ts";
import { freePort } from "../../support/free-port.ts";

const never = new AbortController().signal;
const order = { reason: "busy", dryRun: false, overrules: false };

const pod = "/api/v1/namespaces/shop/pods/web-1";
const set = "/apis/apps/v1/namespaces/shop/replicasets/web-5f";
const deployment = "/apis/apps/v1/namespaces/shop/deployments/web";
const replicaSet = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-5f" };

async function start(t: Test, env: Readonly<Record<string, string>> = { HOSTNAME: "web-1" }) {
  const cluster = await FakeCluster.start(t);
  return { cluster, scaler: new KubernetesScaler(cluster.access, env) };
}

/** A pod of a Deployment with two replicas. */
async function startDeployment(t: Test) {
  const { cluster, scaler } = await start(t);
  cluster.add(pod, replicaSet);
  cluster.add(set, { apiVersion: "apps/v1", kind: "Deployment", name: "web" });
  cluster.addScale(deployment, 2);
  return { cluster, scaler };
}

t.test("a pod of a Deployment: by way of the ReplicaSet, with the pod's token", async (t) => {
  const { cluster, scaler } = await startDeployment(t);
  const seen = await scaler.read(never);
  t.match(seen, {
    target: { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web" },
    wanted: 2,
    current: 2,
  });
  t.match(await scaler.write(seen, { ...order, replicas: 3 }, never), { wanted: 3, current: 2 });
  t.equal(cluster.wanted(deployment), 3);
  t.same(cluster.asked, [`GET ${pod}`, `GET ${set}`, `GET ${deployment}/scale`, `PUT ${deployment}/scale`]);
  t.same(new Set(cluster.tokens), new Set(["Bearer token-1"]));
});

t.test("a StatefulSet, and a ReplicaSet that nobody looks after", async (t) => {
  const { cluster, scaler } = await start(t);
  cluster.add(pod, { apiVersion: "apps/v1", kind: "StatefulSet", name: "db" });
  cluster.addScale("/apis/apps/v1/namespaces/shop/statefulsets/db", 5);
  t.match(await scaler.read(never), { target: { kind: "StatefulSet", name: "db" }, wanted: 5 });

  cluster.add(pod, replicaSet);
  cluster.add(set);
  cluster.addScale(set, 1);
  t.match(await scaler.read(never), { target: { kind: "ReplicaSet", name: "web-5f" }, wanted: 1 });
});

t.test("a kind that Kubernetes has not of itself: the API server tells its plural", async (t) => {
  const { cluster, scaler } = await start(t);
  cluster.add(pod, replicaSet);
  cluster.add(set, { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", name: "web" });
  cluster.objects.set("/apis/argoproj.io/v1alpha1", {
    kind: "APIResourceList",
    resources: [
      { name: "analysisruns", kind: "AnalysisRun" },
      { name: "rollouts/status", kind: "Rollout" },
      { name: "rollouts", kind: "Rollout" },
      { name: "rollouts/scale", kind: "Scale", group: "autoscaling" },
    ],
  });
  const rollout = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web";
  cluster.addScale(rollout, 2);
  const seen = await scaler.read(never);
  t.match(seen, { target: { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout" }, wanted: 2 });
  await scaler.write(seen, { ...order, replicas: 4 }, never);
  t.equal(cluster.wanted(rollout), 4);
});

t.test("what cannot be scaled says so", async (t) => {
  const { cluster, scaler } = await start(t);
  const rejects = async (scaler: KubernetesScaler, message: RegExp) => {
    const error = await scaler.read(never).catch((error) => error);
    t.ok(error instanceof NotScalable, String(error));
    t.match(error.message, message);
  };
  const instead = "run it by a Deployment, .* or have replicate.command scale$";
  cluster.add(pod);
  await rejects(scaler, new RegExp(`^pod web-1 has no controller that could be scaled; ${instead}`));
  cluster.add(pod, { apiVersion: "apps/v1", kind: "DaemonSet", name: "agent" });
  cluster.objects.set("/apis/apps/v1", { resources: [{ name: "daemonsets", kind: "DaemonSet" }] });
  await rejects(scaler, new RegExp(`^the pod belongs to a DaemonSet, which has no number .*; ${instead}`));
  cluster.add(pod, { apiVersion: "batch/v1", kind: "Job", name: "nightly" });
  cluster.objects.set("/apis/batch/v1", {
    resources: [
      { name: "jobs", kind: "Job" },
      { name: "jobs/status", kind: "Job" },
    ],
  });
  await rejects(scaler, new RegExp(`^the pod belongs to a Job, which has no number .*; ${instead}`));
  cluster.add(pod, { apiVersion: "apps/v1", kind: "Daemon", name: "agent" });
  await rejects(scaler, new RegExp(`^the API server knows no Daemon, .*; ${instead}`));
  await rejects(new KubernetesScaler(cluster.access, {}), /^neither POD_NAME nor HOSTNAME .*: set POD_NAME$/);
  const outside = new KubernetesScaler({ ...cluster.access, origin: null }, { HOSTNAME: "a" });
  await rejects(outside, /^this is no pod of a cluster/);
  const poor = new KubernetesScaler({ ...cluster.access, account: "/nowhere" }, { HOSTNAME: "a" });
  await rejects(poor, /^cannot read \/nowhere\/token/);
});

t.test("which pod this is, the environment says", async (t) => {
  const { cluster, scaler } = await start(t, {
    HOSTNAME: "node-7",
    POD_NAME: "db-0",
    POD_NAMESPACE: "store",
  });
  cluster.objects.set("/api/v1/namespaces/store/pods/db-0", {
    metadata: {
      ownerReferences: [{ apiVersion: "apps/v1", kind: "StatefulSet", name: "db", controller: true }],
    },
  });
  cluster.addScale("/apis/apps/v1/namespaces/store/statefulsets/db", 1);
  t.match(await scaler.read(never), { target: { namespace: "store", name: "db" } });
});

t.test("a dry run has the API server check the change, and changes nothing", async (t) => {
  const { cluster, scaler } = await startDeployment(t);
  const seen = await scaler.read(never);
  t.match(await scaler.write(seen, { ...order, replicas: 9, dryRun: true }, never), { wanted: 9 });
  t.equal(cluster.asked.at(-1), `PUT ${deployment}/scale?dryRun=All`);
  t.equal(cluster.wanted(deployment), 2);
});

t.test("who scales at the same time is not overruled", async (t) => {
  const { cluster, scaler } = await startDeployment(t);
  const seen = await scaler.read(never);
  cluster.touch(deployment, 7);
  const outcome = await scaler.write(seen, { ...order, replicas: 3 }, never).catch((error) => error);
  t.ok(outcome instanceof ScaleConflict);
  t.match(outcome, { message: /^the API server answers 409: the object has been modified/ });
  t.equal(cluster.wanted(deployment), 7);
});

t.test("unless a number is given, which counts whatever is there", async (t) => {
  const { cluster, scaler } = await startDeployment(t);
  const seen = await scaler.read(never);
  cluster.touch(deployment, 7);
  t.match(await scaler.write(seen, { ...order, replicas: 3, overrules: true }, never), { wanted: 3 });
  t.equal(cluster.wanted(deployment), 3);
});

t.test("the API server's refusals come in its own words, a missing Role with what to read", async (t) => {
  const { cluster, scaler } = await startDeployment(t);
  const forbidden = `deployments.apps "web" is forbidden: User "system:serviceaccount:shop:app" cannot get resource "deployments/scale"`;
  // Asked again, as it could have become ready meanwhile.
  const twice = { what: `GET ${deployment}/scale`, answer: refusal(403, forbidden) };
  cluster.instead.push(twice, twice);
  await t.rejects(scaler.read(never), {
    message: `the API server answers 403: ${forbidden}; see what docs/management.md says of the Role that is needed`,
  });
  cluster.objects.delete(pod);
  await t.rejects(scaler.read(never), { message: `the API server answers 404: ${pod} not found` });
  cluster.add(pod, replicaSet);
  cluster.instead.push({
    what: `GET ${deployment}/scale`,
    answer: { status: 200, body: { kind: "Deployment" } },
  });
  await t.rejects(scaler.read(never), { message: "the API server's answer is no scale" });
});

t.test("a refusal while the API server starts, or has too much to do, may be none later", async (t) => {
  const { cluster, scaler } = await startDeployment(t);
  const seen = await scaler.read(never);
  const write = () => scaler.write(seen, { ...order, replicas: 3 }, never);
  const laterWith = async (asked: Promise<unknown>, message: RegExp) => {
    const error: unknown = await asked.catch((error) => error);
    t.ok(error instanceof TryLater, String(error));
    t.match(error, { message });
  };
  cluster.readyz = 500;
  cluster.instead.push({ what: `GET ${set}`, answer: refusal(403, "not you") });
  const starting = /^the API server answers 403: not you; it is starting .* \(\/readyz answers 500\)$/;
  await laterWith(scaler.read(never), starting);
  cluster.instead.push({ what: "PUT", answer: refusal(403, "not you") });
  await laterWith(write(), starting);
  cluster.readyz = 200;
  cluster.instead.push({ what: "PUT", answer: refusal(429, "too many requests") });
  await laterWith(write(), /^the API server answers 429: too many requests$/);
});

t.test("an API server that cannot be reached has done nothing", async (t) => {
  const { cluster, scaler } = await startDeployment(t);
  const seen = await scaler.read(never);
  const origin = `http://127.0.0.1:${await freePort()}`;
  const away = new KubernetesScaler({ ...cluster.access, origin }, { HOSTNAME: "web-1" });
  const message = `the API server at ${origin} cannot be reached: connect ECONNREFUSED`;
  const error: unknown = await away.write(seen, { ...order, replicas: 3 }, never).catch((error) => error);
  t.notOk(error instanceof ScaleUnclear);
  t.match(error, { message });
});

t.test("an answer that makes no sense is told of, and a redirect not followed", async (t) => {
  const { cluster, scaler } = await startDeployment(t);
  const instead = (status: number, body: unknown) =>
    cluster.instead.push({ what: `GET ${deployment}/scale`, answer: { status, body } });
  instead(200, "<html>");
  await t.rejects(scaler.read(never), { message: "the API server's answer is no JSON" });
  for (const replicas of [1.5, -1, "3", 1e300]) {
    instead(200, { kind: "Scale", spec: { replicas } });
    await t.rejects(scaler.read(never), { message: "the API server's answer is no scale" }, `${replicas}`);
  }
  instead(200, { kind: "Scale", spec: {} });
  t.match(await scaler.read(never), { wanted: 0, current: 0 });
  instead(307, "");
  await t.rejects(scaler.read(never), { message: "the API server answers 307" });
});

t.test(
  "of a write that nobody answers well, or that fails there, it is not known whether it was done",
  async (t) => {
    const { cluster, scaler } = await startDeployment(t);
    const seen = await scaler.read(never);
    const write = async (answer: (typeof cluster.instead)[number]["answer"]) => {
      cluster.instead.push({ what: "PUT", answer });
      return await scaler.write(seen, { ...order, replicas: 3 }, never).catch((error) => error);
    };
    for (const answer of ["cut", refusal(504, "too late"), { status: 200, body: "<html>" }] as const) {
      const outcome = await write(answer);
      t.ok(outcome instanceof ScaleUnclear);
      t.match(outcome, { message: /^what has come of it is not known: / });
    }
    t.notOk((await write(refusal(403, "not you"))) instanceof ScaleUnclear);
  },
);

t.test("a token that was replaced is used from then on", async (t) => {
  const { cluster, scaler } = await startDeployment(t);
  const seen = await scaler.read(never);
  await writeFile(join(cluster.access.account, "token"), "token-2\n");
  await scaler.write(seen, { ...order, replicas: 3 }, never);
  t.equal(cluster.tokens.at(-1), "Bearer token-2");
});

t.test("an API server that says nothing is given up", async (t) => {
  const { cluster, scaler } = await startDeployment(t);
  cluster.instead.push({ what: `GET ${set}`, answer: "hang" });
  const controller = new AbortController();
  const reading = scaler.read(controller.signal);
  t.teardown(() => reading.catch(() => {}));
  const late = new Error("late");
  controller.abort(late);
  await t.rejects(reading, late);
});
