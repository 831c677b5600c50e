import t from "tap";
import type { HookNews } from "../../src/lifecycle/hook-news.ts";
import { type HookEvent, type HookOptions, hookEvents } from "../../src/lifecycle/hook-options.ts";
import { type HookCall, type HookRun, Hooks, mostWaiting } from "../../src/lifecycle/hooks.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { settle } from "../support/fake-draining.ts";

const hook = (name: string, on: readonly HookEvent[] = hookEvents, timeout = 1_000): HookOptions => ({
  name,
  on,
  timeout,
  call: { kind: "exec", command: "true", args: [] },
});

const news = (event: Exclude<HookEvent, "memory">): HookNews => ({
  event,
  state: event,
  from: "ready",
  reason: "test",
  at: 1,
});

function start(hooks: readonly HookOptions[], call: HookCall) {
  const clock = new FakeClock();
  const runs: HookRun[] = [];
  const teller = new Hooks({ clock, settings: () => hooks, call, report: (run) => runs.push(run) });
  const results = () => runs.map(({ hook, news, result }) => `${hook} ${news.event} ${result}`);
  return { clock, hooks: teller, runs, results };
}

/** A call that ends when the test says. */
function held() {
  const calls: { readonly name: string; readonly signal: AbortSignal; readonly done: () => void }[] = [];
  const call: HookCall = ({ name }, _, signal) =>
    new Promise((resolve) => calls.push({ name, signal, done: resolve }));
  return { calls, call };
}

t.test(
  "hooks are told one after the other, of one change after the other, and of what is theirs",
  async (t) => {
    const { calls, call } = held();
    const { hooks, results } = start(
      [hook("a"), hook("b", ["paused"]), hook("c", ["paused", "ready"])],
      call,
    );
    hooks.tell(news("paused"));
    hooks.tell(news("ready"));
    for (const expected of ["a", "b", "c", "a", "c"]) {
      await settle();
      const last = calls.at(-1);
      t.equal(last?.name, expected);
      last?.done();
    }
    await hooks.told();
    t.equal(calls.length, 5);
    t.same(results(), ["a paused ok", "b paused ok", "c paused ok", "a ready ok", "c ready ok"]);
  },
);

t.test("a hook that fails is reported, and the next is told all the same", async (t) => {
  const { hooks, runs } = start([hook("a"), hook("b")], async ({ name }) => {
    if (name === "a") throw new Error("it answered 500");
  });
  hooks.tell(news("ready"));
  await hooks.told();
  t.match(runs, [
    { hook: "a", result: "failed", error: "it answered 500" },
    { hook: "b", result: "ok" },
  ]);
  t.match(hooks.records(), [
    { hook: { name: "a" }, runs: 1, failures: 1, last: { result: "failed" } },
    { hook: { name: "b" }, runs: 1, failures: 0, last: { result: "ok" } },
  ]);
});

t.test("a slow hook is given up after its timeout, even if it does not care", async (t) => {
  const { calls, call } = held();
  const { clock, hooks, runs } = start([hook("slow", hookEvents, 300), hook("next")], call);
  hooks.tell(news("ready"));
  await settle();
  clock.advance(299);
  await settle();
  t.equal(calls.length, 1);
  clock.advance(1);
  await settle();
  t.ok(calls[0]?.signal.aborted);
  t.match(runs, [{ hook: "slow", result: "timeout", error: "it was not done after 300 ms", duration: 300 }]);
  calls[1]?.done();
  await hooks.told();
  t.equal(clock.pending, 0);
});

t.test("the end waits for nobody who is told of what was before", async (t) => {
  const { calls, call } = held();
  const { hooks, results } = start([hook("a"), hook("b")], call);
  hooks.tell(news("paused"));
  hooks.tell(news("ready"));
  await settle();
  hooks.tell(news("draining"));
  await settle();
  t.ok(calls[0]?.signal.aborted);
  t.same(calls.length, 2);
  calls[1]?.done();
  await settle();
  calls[2]?.done();
  await hooks.told();
  t.same(results().sort(), [
    "a draining ok",
    "a paused cancelled",
    "a ready cancelled",
    "b draining ok",
    "b paused cancelled",
    "b ready cancelled",
  ]);
});

t.test("of many changes while a hook hangs, the oldest are given up, and none of the last one", async (t) => {
  const { calls, call } = held();
  const { hooks, results } = start([hook("a")], call);
  for (let count = 0; count <= mostWaiting; count++) hooks.tell(news("paused"));
  t.same(results(), [], "one is told, the others wait");
  hooks.tell(news("ready"));
  t.same(results(), ["a paused cancelled"]);
  t.match(hooks.records(), [{ runs: 1, last: { error: "too much has happened since" } }]);
  hooks.cancel("the test is over");
  await hooks.told();
  t.equal(calls.length, 1);
  t.equal(results().at(-2), "a ready cancelled");

  const crowd = Array.from({ length: mostWaiting + 50 }, (_, index) => hook(`h${index}`));
  const { hooks: many, results: told } = start(crowd, async () => {});
  many.tell(news("draining"));
  await many.told();
  t.equal(told().length, mostWaiting + 50);
  t.ok(told().every((result) => result.endsWith("draining ok")));
});

t.test("nobody is concerned: all are told at once", async (t) => {
  const { hooks } = start([hook("a", ["paused"])], () => Promise.reject(new Error("not asked")));
  hooks.tell(news("ready"));
  await hooks.told();
  t.match(hooks.records(), [{ runs: 0, failures: 0, last: null }]);
});
