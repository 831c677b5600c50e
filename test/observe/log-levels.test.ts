import t from "tap";
import { LogLevels } from "../../src/observe/log-levels.ts";
import { FakeClock } from "../support/fake-clock.ts";

function withClock() {
  const clock = new FakeClock();
  const levels = new LogLevels("info", clock);
  levels.addModule("ambassador");
  levels.addModule("admin");
  return { clock, levels };
}

t.test(
  "a module's own level comes before that of the whole, and that before the configuration's",
  async (t) => {
    const { levels } = withClock();
    t.same(levels.state("ambassador"), { level: "info", set: false, until: null });
    levels.set("error");
    t.same(levels.state(), { level: "error", set: true, until: null });
    t.same(levels.state("ambassador"), { level: "error", set: false, until: null });
    levels.set("debug", "ambassador");
    t.ok(levels.isEnabled("debug", "ambassador"));
    t.notOk(levels.isEnabled("trace", "ambassador"));
    t.notOk(levels.isEnabled("warn", "admin"));
    levels.clear();
    t.ok(levels.isEnabled("info", "admin"));
    levels.clear("ambassador");
    t.notOk(levels.isEnabled("debug", "ambassador"));
    t.same(levels.modules, ["admin", "ambassador"]);
  },
);

t.test("what is set for a time ends on its own, what is set anew has its own time", async (t) => {
  const { levels, clock } = withClock();
  const start = clock.wall();
  levels.set("debug", "ambassador", 600_000);
  t.same(levels.state("ambassador"), { level: "debug", set: true, until: start + 600_000 });
  clock.advance(599_999);
  t.ok(levels.isEnabled("debug", "ambassador"));
  levels.set("trace", "ambassador", 10);
  clock.advance(1);
  t.equal(levels.state("ambassador").level, "trace", "the first time limit is forgotten");
  clock.advance(9);
  t.same(levels.state("ambassador"), { level: "info", set: false, until: null });
  levels.set("debug", undefined, 1_000);
  levels.set("debug");
  clock.advance(1_000);
  t.equal(levels.state().level, "debug", "without a limit, it stays");
  t.equal(clock.pending, 0);
});

t.test(
  "a configuration that says something new rules, one that says the same leaves what was set",
  async (t) => {
    const { levels, clock } = withClock();
    levels.set("debug", undefined, 1_000);
    levels.configure("info");
    t.equal(levels.state().level, "debug");
    levels.configure("warn");
    t.equal(levels.state().level, "warn");
    t.equal(levels.configured, "warn");
    t.equal(clock.pending, 0);
  },
);

t.test("turning goes step by step and stays within the levels", async (t) => {
  const { levels } = withClock();
  t.equal(levels.turn(1), "debug");
  t.equal(levels.turn(1), "trace");
  t.equal(levels.turn(1), "trace");
  for (let step = 0; step < 6; step++) levels.turn(-1);
  t.equal(levels.state().level, "fatal");
});

t.test("closing lets go of the timers", async (t) => {
  const { levels, clock } = withClock();
  levels.set("debug", "admin", 1_000);
  levels.close();
  t.equal(clock.pending, 0);
});
