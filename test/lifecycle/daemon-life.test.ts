import t, { type Test } from "tap";
import { DaemonLife, type LifeSettings } from "../../src/lifecycle/daemon-life.ts";
import type { HookOptions } from "../../src/lifecycle/hook-options.ts";
import type { HookCall } from "../../src/lifecycle/hooks.ts";
import { hookResult, lifecycleState } from "../../src/observe/metric-labels.ts";
import { HOOK, LIFECYCLE } from "../../src/observe/metric-layout.ts";
import { MetricRegistry } from "../../src/observe/metric-registry.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeDraining, settle } from "../support/fake-draining.ts";

const hook = (name: string, on: HookOptions["on"]): HookOptions => ({
  name,
  on,
  timeout: 5_000,
  call: { kind: "http", url: "http://127.0.0.1/" },
});

function live(t: Test, over: Partial<LifeSettings> = {}, callHook: HookCall = async () => {}) {
  const clock = new FakeClock();
  const plane = new FakeDraining();
  const metrics = new MetricRegistry();
  const logged: Record<string, unknown>[] = [];
  const life = new DaemonLife({
    plane,
    clock,
    metrics,
    log: (level, fields, message) => logged.push({ level, message, ...fields }),
    callHook,
    settings: () => ({
      mode: "native",
      quiet: 1_000,
      drain: 25_000,
      pause_limit: 30_000,
      yield_limit: 600_000,
      hooks: [],
      ...over,
    }),
  });
  t.teardown(() => plane.drained.resolve());
  life.lifecycle.on("started", "the listeners are open");
  return { clock, plane, metrics, logged, life };
}

t.test("a pause holds requests until it is resumed", async (t) => {
  const { plane, life, clock } = live(t);
  t.ok(life.pause("upgrade"));
  t.equal(life.lifecycle.state, "paused");
  t.equal(life.lifecycle.deadline, clock.wall() + 30_000);
  t.notOk(life.pause("again"));
  t.ok(life.resume("done"));
  t.same(plane.told, ["pause", "resume"]);
  t.equal(clock.pending, 0);
  t.equal(life.lifecycle.deadline, null);
});

t.test(
  "a pause that nobody ends, ends by itself; it may be asked to be shorter, but not longer",
  async (t) => {
    const { plane, life, clock } = live(t);
    for (const [asked, lasts] of [
      [undefined, 30_000],
      [2_000, 2_000],
      [60_000, 30_000],
    ] as const) {
      plane.told.length = 0;
      life.pause("upgrade", asked);
      clock.advance(lasts - 1);
      t.same(plane.told, ["pause"]);
      clock.advance(1);
      t.same(plane.told, ["pause", "resume"]);
      t.match(life.lifecycle.changes.at(-1), { from: "paused", to: "ready", reason: "the pause was over" });
    }
  },
);

t.test("the end of a pause that is over does not end the next one", async (t) => {
  const { plane, life, clock } = live(t);
  life.pause("one");
  clock.advance(20_000);
  life.resume("early");
  life.pause("two");
  clock.advance(20_000);
  t.same(plane.told, ["pause", "resume", "pause"]);
});

t.test("a drain lets what a pause held go on first", async (t) => {
  const { plane, life } = live(t);
  life.pause("upgrade");
  life.ending.drain("SIGTERM");
  await settle();
  t.same(plane.told, ["pause", "resume", "drain"]);
});

t.test("a clock that is set meanwhile neither hastens an end nor hides that it was hastened", async (t) => {
  for (const set of [3_600_000, -3_600_000]) {
    const { plane, life, clock } = live(t, { drain: 10_000 });
    life.ending.drain("preStop");
    await settle();
    clock.setWall(set);
    clock.advance(1_000);
    life.ending.drain("later", 20_000);
    clock.advance(1_000);
    t.same(plane.told, ["drain"]);
    life.ending.drain("now", 5_000);
    t.equal(life.lifecycle.deadline, clock.wall() + 5_000);
    clock.advance(4_999);
    await settle();
    t.same(plane.told, ["drain"]);
    clock.advance(1);
    await settle();
    t.same(plane.told, ["drain", "close"]);
  }
});

t.test("drained is not stopped: it waits until it is told to exit", async (t) => {
  const { plane, life } = live(t);
  const closed: string[] = [];
  life.ending.add(() => closed.push("first"));
  life.ending.add(() => closed.push("second"));
  t.ok(life.ending.drain("preStop"));
  t.notOk(life.ending.drain("again"));
  plane.drained.resolve();
  await settle();
  t.ok(life.ending.isDrained);
  t.equal(life.lifecycle.state, "draining");
  t.same(closed, []);
  life.ending.stop("SIGTERM");
  await life.ending.stopped;
  t.equal(life.lifecycle.state, "stopped");
  t.same(closed, ["second", "first"]);
});

t.test(
  "a stop drains first; asked for while a drain is under way it brings the deadline forward only",
  async (t) => {
    const { plane, life, clock } = live(t, { drain: 10_000 });
    life.ending.drain("preStop", 5_000);
    clock.advance(1_000);
    life.ending.stop("SIGTERM");
    t.equal(life.lifecycle.deadline, clock.wall() + 4_000, "the drain's own deadline is sooner");
    life.ending.stop("now", 500);
    await settle();
    t.same(plane.told, ["drain"]);
    clock.advance(500);
    await life.ending.stopped;
    t.same(plane.told, ["drain", "close"]);
    t.match(life.lifecycle.changes.at(-1), { to: "stopped", reason: "the drain deadline is over" });
  },
);

t.test(
  "hooks of a drain run before the listeners close, and those of the end when all is closed",
  async (t) => {
    const told: string[] = [];
    const { plane, life } = live(
      t,
      { hooks: [hook("a", ["draining", "stopped"])] },
      async (_, { event, reason, deadline }) => {
        told.push(`${event} after ${plane.told.join()}: ${reason} ${typeof deadline}`);
      },
    );
    plane.drained.resolve();
    life.ending.stop("SIGTERM");
    await life.ending.stopped;
    t.same(told, [
      "draining after : SIGTERM number",
      "stopped after drain,close: all clients are gone undefined",
    ]);
  },
);

t.test("a hook that hangs holds the end up by its timeout, and leaves time to let clients go", async (t) => {
  const hangs: HookCall = () => new Promise(() => {});
  const { plane, life, clock } = live(t, { hooks: [hook("a", ["draining"])] }, hangs);
  life.ending.stop("SIGTERM");
  await settle();
  clock.advance(4_999);
  await settle();
  t.same(plane.told, []);
  clock.advance(1);
  await settle();
  t.same(plane.told, ["drain"]);

  const other = live(t, { drain: 3_000, hooks: [hook("a", ["draining"]), hook("b", ["draining"])] }, hangs);
  other.life.ending.stop("SIGTERM");
  await settle();
  other.clock.advance(2_699);
  await settle();
  t.same(other.plane.told, []);
  other.clock.advance(1);
  await settle();
  t.same(other.plane.told, ["drain"]);
  other.clock.advance(299);
  await settle();
  t.same(other.plane.told, ["drain"]);
  other.clock.advance(1);
  await other.life.ending.stopped;
  t.same(
    other.life.hooks.records().map(({ last }) => last?.result),
    ["cancelled", "cancelled"],
  );
  t.equal(other.clock.pending, 0);
});

t.test("a hook that hangs is given up where the drain is hastened", async (t) => {
  const hangs: HookCall = () => new Promise(() => {});
  const { plane, life, clock } = live(t, { hooks: [hook("a", ["draining"])] }, hangs);
  life.ending.drain("preStop");
  await settle();
  life.ending.stop("SIGTERM", 1_000);
  clock.advance(900);
  await settle();
  t.same(plane.told, ["drain"]);
  life.ending.stop("now", 50);
  clock.advance(50);
  await life.ending.stopped;
  t.same(plane.told, ["drain", "close"]);
  t.equal(clock.pending, 0);
});

t.test("changes and hooks are logged and counted", async (t) => {
  const { life, metrics, logged } = live(t, { hooks: [hook("a", ["paused", "ready"])] }, async (_, news) => {
    if (news.event === "paused") throw new Error("it answered 500");
  });
  await settle();
  life.pause("upgrade");
  await settle();
  const block = metrics.block("lifecycle", "");
  t.equal(block[LIFECYCLE.state + lifecycleState.paused], 1);
  t.equal(block[LIFECYCLE.state + lifecycleState.ready], 0);
  t.equal(block[LIFECYCLE.changes + lifecycleState.paused], 1);
  const runs = metrics.block("hook", "a");
  t.equal(runs[HOOK.runs + hookResult.ok], 1);
  t.equal(runs[HOOK.runs + hookResult.failed], 1);
  t.equal(runs[HOOK.duration], 2);
  t.match(logged, [
    { level: "info", from: "starting", to: "ready" },
    { level: "info", hook: "a", event: "ready", result: "ok" },
    { level: "info", from: "ready", to: "paused", reason: "upgrade", lasts_ms: 30_000 },
    { level: "warn", hook: "a", event: "paused", result: "failed", error: "it answered 500" },
  ]);
});
