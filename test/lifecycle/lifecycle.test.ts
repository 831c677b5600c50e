import t from "tap";
import { Lifecycle, type LifecycleChange } from "../../src/lifecycle/lifecycle.ts";

t.test("a change is told with its reason, its time and its deadline", async (t) => {
  const told: LifecycleChange[] = [];
  let now = 1_000;
  const lifecycle = new Lifecycle(
    () => now,
    (change) => told.push(change),
  );
  t.equal(lifecycle.state, "starting");
  t.ok(lifecycle.on("started", "the listeners are open"));
  now = 2_000;
  t.ok(lifecycle.on("drain", "SIGTERM", 25_000));
  t.same(told, [
    { from: "starting", to: "ready", reason: "the listeners are open", at: 1_000 },
    { from: "ready", to: "draining", reason: "SIGTERM", at: 2_000, lasts: 25_000, deadline: 27_000 },
  ]);
  t.same(lifecycle.changes, told);
});

t.test("an event that leads nowhere changes nothing and is told to nobody", async (t) => {
  const lifecycle = new Lifecycle(
    () => 0,
    () => t.fail("nothing has changed"),
  );
  t.notOk(lifecycle.on("resume", "by mistake"));
  t.equal(lifecycle.state, "starting");
});

t.test("the memory of changes is bounded", async (t) => {
  const lifecycle = new Lifecycle(
    () => 0,
    () => {},
  );
  lifecycle.on("started", "");
  for (let round = 0; round < 40; round++) {
    lifecycle.on("pause", `${round}`);
    lifecycle.on("resume", `${round}`);
  }
  t.equal(lifecycle.changes.length, 32);
  t.match(lifecycle.changes.at(-1), { from: "paused", to: "ready", reason: "39" });
});

t.test("the end of a state can be brought forward", async (t) => {
  let now = 1_000;
  const lifecycle = new Lifecycle(
    () => now,
    () => {},
  );
  lifecycle.hasten(1);
  t.equal(lifecycle.deadline, null, "a state without an end gets none");
  lifecycle.on("drain", "SIGTERM", 25_000);
  t.equal(lifecycle.deadline, 26_000);
  now = 2_000;
  lifecycle.hasten(3_000);
  t.equal(lifecycle.deadline, 5_000);
});
