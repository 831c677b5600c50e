import t from "tap";
import { APP } from "../../../src/observe/metric-layout.ts";
import { MetricRegistry } from "../../../src/observe/metric-registry.ts";
import { AppInterface, type AppTalk } from "../../../src/roles/app/app-interface.ts";
import type { AppHealthOptions, AppOptions, Registration } from "../../../src/roles/app/app-options.ts";
import { type AppReport, downReport, wellReport } from "../../../src/roles/app/app-report.ts";
import { BadText } from "../../../src/roles/app/bad-text.ts";
import { type AppMetrics, parseMetrics } from "../../../src/roles/app/metrics-text.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { turns } from "../../support/until.ts";

const health: AppHealthOptions = {
  check: { kind: "http", url: "http://127.0.0.1:8080/healthz" },
  interval: 1_000,
  timeout: 100,
  threshold: 2,
};
const metrics = {
  source: { kind: "http", url: "http://127.0.0.1:8080/metrics" },
  timeout: 100,
  limit: 1e6,
} as const;
const nothing: AppOptions = { health: null, metrics: null, config: null, ready: "ignored" };
const said: Registration<string> = { health: null, metrics: null, config: null, hooks: ["app/1"], ttl: null };

const hangs = (): Promise<never> => new Promise(() => {});

/** An interface to an app that does what the test says. */
function setUp(options: Partial<AppOptions> = {}) {
  const clock = new FakeClock();
  const registry = new MetricRegistry();
  const logged: string[] = [];
  const answers = {
    check: async (): Promise<AppReport> => wellReport,
    read: async (): Promise<AppMetrics> => parseMetrics("jobs 1\n"),
    checks: 0,
    reads: 0,
  };
  const talk: AppTalk = {
    check() {
      answers.checks++;
      return answers.check();
    },
    readMetrics() {
      answers.reads++;
      return answers.read();
    },
    readConfig: hangs,
  };
  const app = new AppInterface<string>({
    clock,
    metrics: registry,
    log: (_level, _fields, message) => logged.push(message),
    talk,
  });
  app.apply({ ...nothing, ...options });
  const counted = (at: number): number => registry.block("app", "")[at]!;
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await turns(3);
  };
  return { app, clock, logged, answers, counted, pass };
}

t.test("without an app there is nothing to see", async (t) => {
  const { app, clock } = setUp();
  t.notOk(app.isKnown);
  t.same(app.ready(), []);
  t.same(app.health(), []);
  t.same(await app.families(), []);
  t.equal(await app.config(), undefined);
  t.equal(clock.pending, 0);
});

t.test("it is down after as many failures as the threshold says, and up again at once", async (t) => {
  const { app, answers, counted, pass, logged } = setUp({ health, ready: "required" });
  t.same(app.ready(), ["the app has not passed a check yet"]);
  await turns(3);
  t.same(app.ready(), []);
  answers.check = () => Promise.reject(new Error("it answers 500"));
  await pass(1_000);
  t.equal(app.state.status, "up", "once is not enough");
  await pass(1_000);
  t.same(app.ready(), ["the app is down: it answers 500"]);
  t.match(app.health(), [{ role: "app", kind: "health", status: "down", reasons: ["it answers 500"] }]);
  answers.check = async () => ({ status: "degraded", reasons: ["the queue is long"] });
  await pass(1_000);
  t.same(app.ready(), [], "degraded is ready");
  t.match(app.health(), [{ status: "degraded" }]);
  t.equal(counted(APP.checks), 2);
  t.equal(counted(APP.checks + 1), 2);
  t.equal(counted(APP.state + 1), 1);
  t.same(logged, ["the app is well", "the app is not well", "the app is not well"]);
  app.close();
});

t.test("an app that is down leaves podmate ready where it is to be ignored", async (t) => {
  const { app, answers, pass } = setUp({ health });
  answers.check = async () => downReport("no disk");
  await pass(0);
  await pass(1_000);
  await pass(1_000);
  t.equal(app.state.status, "down");
  t.same(app.ready(), []);
  app.close();
});

t.test("a check that hangs fails at its timeout, and the next begins after it", async (t) => {
  const { app, answers, pass, clock } = setUp({ health: { ...health, threshold: 1 } });
  answers.check = hangs;
  await turns(3);
  await pass(1_000);
  await pass(50);
  t.equal(answers.checks, 2);
  await pass(50);
  t.match(app.state, { status: "down", reasons: ["no answer within 100 ms"] });
  app.close();
  await turns(3);
  t.equal(clock.pending, 0);
});

t.test("of the checks and the app's own word, the worse counts", async (t) => {
  const { app, answers, pass } = setUp({ health: { ...health, threshold: 1 } });
  app.report({ status: "up", reasons: [] }, null);
  t.equal(app.state.status, "unknown", "its word does not stand for a check");
  await turns(3);
  t.equal(app.state.status, "up");
  app.report({ status: "degraded", reasons: ["slow"] }, 5_000);
  t.match(app.state, { status: "degraded", reasons: ["slow"] });
  answers.check = async () => downReport("no disk");
  await pass(1_000);
  t.match(app.state, { status: "down", reasons: ["no disk", "slow"] });
  await pass(5_000);
  t.match(app.state, { reasons: ["no disk"] }, "its word has run out");
  app.close();
});

t.test("its own word is enough where nothing is checked", async (t) => {
  const { app, pass } = setUp({ ready: "required" });
  t.same(app.ready(), ["the app has not said how it is"]);
  app.report(wellReport, 5_000);
  t.same(app.ready(), []);
  await pass(5_000);
  t.same(app.ready(), ["the app has not said how it is"], "an app that falls silent is not well");
});

t.test("what is registered goes before what is configured, until it is taken back", async (t) => {
  const { app, answers } = setUp({ health });
  await turns(3);
  const own = { ...health, interval: 500 };
  app.register({ ...said, health: own });
  t.same(app.inForce, { health: own, metrics: null, config: null, hooks: ["app/1"] });
  await turns(3);
  t.equal(answers.checks, 2, "the check begins anew, for it is another");
  t.ok(app.unregister());
  t.notOk(app.unregister());
  t.same(app.inForce, { health, metrics: null, config: null, hooks: [] });
  app.close();
});

t.test(
  "a reload leaves what is registered alone, part by part, and is there when that is gone",
  async (t) => {
    const { app, answers } = setUp({ health });
    await turns(3);
    const metrics = (url: string) => ({
      source: { kind: "http", url } as const,
      timeout: 1_000,
      limit: 1_024,
    });
    const [own, given] = [metrics("http://127.0.0.1/own"), metrics("http://127.0.0.1/given")];
    app.register({ ...said, health: null, metrics: own });
    const slower = { ...health, interval: health.interval * 2 };
    app.apply({ health: slower, metrics: given, config: null, ready: "required" });
    await turns(3);
    t.same(app.inForce, { health: slower, metrics: own, config: null, hooks: ["app/1"] });
    t.equal(app.readiness, "required", "which is not the app's to say");
    t.equal(answers.checks, 2, "the check that has changed begins anew");
    t.ok(app.unregister());
    t.same(app.inForce, { health: slower, metrics: given, config: null, hooks: [] });
    t.equal(answers.checks, 2);
    app.close();
  },
);

t.test("a lease ends unless it is renewed, and renewing it begins no check anew", async (t) => {
  const { app, answers, pass, counted, logged } = setUp();
  const leased = { ...said, health: { ...health, interval: 60_000 }, ttl: 10_000 };
  app.register(leased);
  await turns(3);
  for (let i = 0; i < 5; i++) {
    await pass(9_000);
    app.register({ ...leased });
  }
  t.equal(answers.checks, 1);
  app.report({ status: "degraded", reasons: ["slow"] }, null);
  await pass(10_000);
  t.notOk(app.isKnown);
  t.equal(app.sources.said, null, "what it has said goes, too");
  t.equal(counted(APP.registered), 0);
  t.equal(counted(APP.expiredLeases), 1);
  t.ok(logged.includes("the app's registration has run out"));
});

t.test("scrapes that come together are one, and how it ended is counted", async (t) => {
  const { app, answers, counted, pass } = setUp({ metrics });
  const [one, other] = await Promise.all([app.families(), app.families()]);
  t.equal(answers.reads, 1);
  t.match(one, [{ name: "jobs" }]);
  t.equal(other, one);
  t.equal(counted(APP.samples), 1);

  answers.read = async () => parseMetrics("podmate_lie 1\njobs 1\n");
  t.match(await app.families(), [{ name: "jobs" }]);
  t.equal(counted(APP.refusedFamilies), 1);
  answers.read = async () => parseMetrics("<html>");
  t.same(await app.families(), []);
  answers.read = () => Promise.reject(new BadText("too_large", "it is larger than 5 bytes"));
  await app.families();
  answers.read = () => Promise.reject(new Error("it answers 404"));
  await app.families();
  answers.read = hangs;
  const families = app.families();
  await pass(100);
  t.same(await families, []);
  t.match(app.lastScrape, { result: "timeout", reason: "it was not read within 100 ms", duration: 100 });
  t.same(
    [0, 1, 2, 3, 4].map((result) => counted(APP.scrapes + result)),
    [2, 1, 1, 1, 1],
  );
  t.match(app.health(), [{ role: "app", kind: "metrics", status: "degraded" }]);
});

t.test("a configuration that is not to be had is given up", async (t) => {
  const { app, pass } = setUp({ config: { kind: "file", path: "/etc/app.yml" } });
  const shown = app.config();
  shown.catch(() => {});
  await pass(5_000);
  await t.rejects(shown, /not read within 5000 ms/);
});
