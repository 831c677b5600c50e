import t, { type Test } from "tap";
import { Client } from "undici";
import { startAdmin } from "../../src/admin/admin-server.ts";
import { lifecycleAnswers } from "../../src/answers/lifecycle-answers.ts";
import { formatAddress } from "../../src/core/address.ts";
import { DaemonLife } from "../../src/lifecycle/daemon-life.ts";
import { MetricRegistry } from "../../src/observe/metric-registry.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeDraining } from "../support/fake-draining.ts";
import { fineAdmin } from "../support/fine-admin.ts";

/** Nothing is short. */
const calm = {
  state: { level: "none", reason: "", since: null, pressure: 0, signals: [], memory: null, yielding: null },
};

async function start(t: Test) {
  const clock = new FakeClock();
  const plane = new FakeDraining();
  const told: string[] = [];
  const life = new DaemonLife({
    plane,
    clock,
    metrics: new MetricRegistry(),
    log: () => {},
    callHook: async (_, { event, reason }) => {
      told.push(`${event}: ${reason}`);
    },
    settings: () => ({
      mode: "native",
      quiet: 1_000,
      drain: 25_000,
      pause_limit: 30_000,
      yield_limit: 60_000,
      hooks: [
        {
          name: "tell",
          on: ["paused"],
          timeout: 1_000,
          call: { kind: "exec", command: "/bin/tell", args: ["-v"] },
        },
      ],
    }),
  });
  const admin = await startAdmin(
    { host: "127.0.0.1", port: 0 },
    fineAdmin({ lifecycle: lifecycleAnswers({ life, overload: calm } as never) }),
  );
  const client = new Client(`http://${formatAddress(admin.address)}`);
  t.teardown(async () => {
    await client.close();
    await admin.close();
  });
  const ask = async (method: "GET" | "POST", path: string) => {
    const { statusCode, body } = await client.request({ method, path: `/lifecycle${path}` });
    return { status: statusCode, json: (await body.json()) as Record<string, unknown> };
  };
  return { clock, plane, life, told, ask, post: (path: string) => ask("POST", path) };
}

t.test("what does not fit the state is refused with the state", async (t) => {
  const { life, post } = await start(t);
  for (const verb of ["pause", "resume"]) {
    t.match(await post(`/${verb}`), {
      status: 409,
      json: { state: "starting", detail: `the daemon is starting: it cannot ${verb}` },
    });
  }
  life.lifecycle.on("started", "the listeners are open");
  await post("/drain");
  for (const verb of ["pause", "resume"])
    t.match(await post(`/${verb}`), { status: 409, json: { state: "draining" } });
});

t.test("a pause tells its end and its reason; to ask twice changes nothing", async (t) => {
  const { clock, life, plane, told, post, ask } = await start(t);
  life.lifecycle.on("started", "the listeners are open");
  const at = clock.wall();
  t.match(await post("/pause?deadline=5s&reason=a+backup"), {
    status: 200,
    json: { changed: true, state: "paused", reason: "a backup", deadline_unix_ms: at + 5_000 },
  });
  t.match(await post("/pause?deadline=20s"), {
    status: 200,
    json: { changed: false, state: "paused", reason: "a backup", deadline_unix_ms: at + 5_000 },
  });
  t.same(told, ["paused: a backup"]);
  t.match((await ask("GET", "")).json, {
    hooks: [{ name: "tell", call: "/bin/tell -v", runs: 1, last: { event: "paused", result: "ok" } }],
    changes: [{ to: "ready" }, { from: "ready", to: "paused", at_unix_ms: at, deadline_unix_ms: at + 5_000 }],
  });
  t.match(await post("/resume"), { json: { changed: true, state: "ready", deadline_unix_ms: null } });
  t.match(await post("/resume"), { json: { changed: false, state: "ready" } });
  t.same(plane.told, ["pause", "resume"]);
});

t.test("a drain waits for the stop, and both can only be hastened", async (t) => {
  const { clock, life, plane, post } = await start(t);
  life.lifecycle.on("started", "the listeners are open");
  const at = clock.wall();
  const deadline = (ms: number) => ({ deadline_unix_ms: at + ms });
  t.match((await post("/drain")).json, { changed: true, state: "draining", ...deadline(25_000) });
  t.match((await post("/drain?deadline=10s")).json, { changed: false, ...deadline(10_000) });
  t.match((await post("/drain?deadline=20s")).json, { changed: false, ...deadline(10_000) });
  t.match((await post("/stop")).json, { changed: true, stopping: true, ...deadline(10_000) });
  t.match((await post("/stop?deadline=0")).json, { changed: false, stopping: true });
  clock.advance(0);
  await life.ending.stopped;
  t.same(plane.told, ["drain", "close"]);
});

t.test("a deadline that is none, or too long, is refused, and so is a reason of no use", async (t) => {
  const { life, post } = await start(t);
  life.lifecycle.on("started", "the listeners are open");
  for (const [path, detail] of [
    ["/pause?deadline=soon", /it is not a number with a unit/],
    ["/pause?deadline=31s", /longer than lifecycle.pause_limit \(30s\)/],
    ["/drain?deadline=2h", /longer than the most \(1h\)/],
    ["/resume?deadline=1s", /takes none/],
    [`/pause?reason=${"x".repeat(201)}`, /reason/],
    ["/pause?reason=a%00b", /reason/],
    ["/pause?reason=", /reason/],
  ] as const) {
    t.match(await post(path), { status: 400, json: { detail } }, path);
  }
  t.equal(life.lifecycle.state, "ready");
});
