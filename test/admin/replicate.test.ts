/** `/replicate` as an operator sees it, down to the API server. */
import t, { type Test } from "tap";
import { Client } from "undici";
import { startAdmin } from "../../src/admin/admin-server.ts";
import { replicateAnswers } from "../../src/answers/replicate-answers.ts";
import { formatAddress } from "../../src/core/address.ts";
import type { ReplicateOptions } from "../../src/lifecycle/replicate/replicate-options.ts";
import { replicateResult } from "../../src/observe/metric-labels.ts";
import { REPLICATE } from "../../src/observe/metric-layout.ts";
import { MetricRegistry } from "../../src/observe/metric-registry.ts";
import { FakeCluster, refusal } from "../support/fake-cluster.ts";
import { fineAdmin } from "../support/fine-admin.ts";

const options: ReplicateOptions = {
  by: { kind: "kubernetes" },
  min: 1,
  max: 5,
  cool_down: 3_600_000,
  timeout: 30_000,
};
const set = "/apis/apps/v1/namespaces/shop/statefulsets/db";

async function start(t: Test, over: Partial<ReplicateOptions> | null = {}) {
  const cluster = await FakeCluster.start(t);
  cluster.add("/api/v1/namespaces/shop/pods/db-0", {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    name: "db",
  });
  cluster.addScale(set, 2);
  const metrics = new MetricRegistry();
  const config = { replicate: over && { ...options, ...over } };
  const replicate = replicateAnswers({
    env: { HOSTNAME: "db-0" },
    kubernetes: cluster.access,
    metrics,
    logger: { child: () => () => {} },
    reloader: { config },
  } as never);
  const admin = await startAdmin({ host: "127.0.0.1", port: 0 }, fineAdmin({ replicate }));
  const client = new Client(`http://${formatAddress(admin.address)}`);
  t.teardown(async () => {
    await client.close();
    await admin.close();
  });
  const answer = async ({ statusCode, headers, body }: Awaited<ReturnType<Client["request"]>>) => ({
    status: statusCode,
    headers,
    json: await body.json(),
  });
  const post = async (replicas: unknown, query = "") =>
    answer(
      await client.request({
        path: `/replicate${query}`,
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ replicas, reason: "busy" }),
      }),
    );
  const get = async () => answer(await client.request({ path: "/replicate", method: "GET" }));
  return { cluster, config, post, get, block: metrics.block("replicate", "") };
}

t.test("one more, and then not for a while", async (t) => {
  const { cluster, post, get, block } = await start(t);
  t.match(await get(), {
    status: 200,
    json: {
      configured: true,
      by: "kubernetes",
      target: { api_version: "apps/v1", kind: "StatefulSet", namespace: "shop", name: "db" },
      replicas_wanted: 2,
      replicas_current: 2,
      replicas_max: 5,
      wait_ms: 0,
      last: null,
    },
  });
  t.match(await post("+1", "?dry-run"), {
    status: 200,
    json: { dry_run: true, result: "dry_run", replicas_wanted: 3 },
  });
  t.equal(cluster.wanted(set), 2);
  t.match(await post("+1"), {
    status: 200,
    json: { asked: "+1", reason: "busy", result: "scaled", replicas_before: 2, replicas_wanted: 3 },
  });
  t.equal(cluster.wanted(set), 3);
  const again = await post("+1");
  t.match(again, { status: 429, json: { title: "Too soon" } });
  const retryAfter = Number(again.headers["retry-after"]);
  t.ok(retryAfter > 3_000 && retryAfter <= 3_600, `${retryAfter} s`);
  t.match(await get(), {
    json: { replicas_wanted: 3, last: { asked: "+1", result: "cool_down", error: /too recent/ } },
  });
  for (const [result, count] of [
    ["dry_run", 1],
    ["scaled", 1],
    ["cool_down", 1],
  ] as const) {
    t.equal(block[REPLICATE.requests + replicateResult[result]], count, result);
  }
  t.equal(block[REPLICATE.wantedReplicas], 3);
});

t.test("what is no number of replicas is refused, what is none that is allowed says what is", async (t) => {
  const { post, cluster } = await start(t);
  for (const replicas of [-1, 1.5, "3", "+0", "-1", "+", null, true, [], "+123456"]) {
    t.match(await post(replicas), { status: 400 }, JSON.stringify(replicas));
  }
  t.match(await post(3, "?dryrun"), { status: 400 });
  const limits = { status: 422, json: { replicas_min: 1, replicas_max: 5 } };
  t.match(await post(6), limits);
  t.match(await post(0), limits);
  t.match(await post("+4"), { ...limits, json: { detail: "6 replicas are not within 1 to 5" } });
  t.equal(cluster.wanted(set), 2);
});

t.test("where nothing is configured, that is said", async (t) => {
  const { post, get, config } = await start(t, null);
  t.match(await get(), { status: 200, json: { configured: false, by: null, replicas_wanted: null } });
  t.match(await post(3), { status: 501, json: { title: "Not configured", detail: /section `replicate`/ } });
  config.replicate = options;
  t.match(await post(3), { status: 200 }, "a reload may change that");
});

t.test("what the API server refuses is told", async (t) => {
  const { post, get, cluster } = await start(t, { timeout: 300 });
  const scale = `${set}/scale`;
  // It is asked once more, for a server that has just started refuses what it allows later.
  for (let tries = 0; tries < 2; tries++) {
    cluster.instead.push({ what: `PUT ${scale}`, answer: refusal(403, "may not update statefulsets/scale") });
  }
  t.match(await post(3), { status: 502, json: { detail: /403: may not update.*docs\/management\.md/ } });
  for (let tries = 0; tries < 10; tries++) {
    cluster.instead.push({ what: `PUT ${scale}`, answer: refusal(409, "modified") });
  }
  t.match(await post(3), { status: 409, json: { title: "Conflict" } });
  cluster.instead.length = 0;
  cluster.objects.delete(scale);
  t.match(await get(), { status: 200, json: { configured: true, replicas_wanted: null, error: /404/ } });
  t.match(await post(3), { status: 502, json: { detail: /404/ } });
  cluster.addScale(set, 2);
  t.match(await post(3), { status: 200 }, "none of that makes anybody wait");
});

t.test("a pod that nobody looks after, or a Job, is no fault of the API server", async (t) => {
  const { post, get, cluster, block } = await start(t);
  const bare = {
    status: 409,
    json: { title: "Not scalable", detail: /^pod db-0 has no controller.*; run it by/ },
  };
  const pod = "/api/v1/namespaces/shop/pods/db-0";
  cluster.add(pod);
  t.match(await post(3), bare);
  t.match(await post(3, "?dry-run"), bare);
  t.match(await get(), {
    status: 200,
    json: {
      configured: true,
      target: null,
      replicas_wanted: null,
      error: /^pod db-0 has no controller.*; run it by/,
      wait_ms: 0,
    },
  });
  cluster.add(pod, { apiVersion: "batch/v1", kind: "Job", name: "nightly" });
  cluster.objects.set("/apis/batch/v1", { resources: [{ name: "jobs", kind: "Job" }] });
  t.match(await post("+1"), { status: 409, json: { detail: /^the pod belongs to a Job, .*; run it by/ } });
  t.equal(block[REPLICATE.requests + replicateResult.refused], 3);
});

t.test("an API server that says nothing is waited for only so long", async (t) => {
  const { post, cluster } = await start(t, { timeout: 1 });
  cluster.instead.push({ what: "GET", answer: "hang" });
  t.match(await post(3), {
    status: 504,
    json: { title: "Took too long", detail: "it was not done after 1 ms" },
  });
});
