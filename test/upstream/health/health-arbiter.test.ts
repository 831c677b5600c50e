import t from "tap";
import { type Decision, HealthArbiter } from "../../../src/upstream/health/health-arbiter.ts";
import type { EjectOptions, PoolOptions } from "../../../src/upstream/pool-options.ts";
import { poolOptions, serverOptions } from "../../support/pools.ts";

const eject: EjectOptions = {
  failures: 3,
  window: 1_000,
  backoff: 1_000,
  max_backoff: 8_000,
  max_percent: 50,
  on_eject: "rehash",
};
const health = { interval: 2_000, timeout: 500 };
const ok = { ok: true } as const;
const failed = { ok: false, reason: "connect ECONNREFUSED" } as const;

const noChance = () => 0;

function pool(ids: string[], more: Partial<PoolOptions> = {}): PoolOptions {
  return poolOptions(
    "p",
    ids.map((id, i) => serverOptions(id, 11211 + i)),
    { eject, ...more },
  );
}

function failing(server: string, reason = "timeout") {
  return { pool: "p", server, state: "failing", reason } as const;
}

function recovered(server: string) {
  return { pool: "p", server, state: "recovered", reason: "" } as const;
}

function kinds(decisions: Decision[]): string[] {
  return decisions.map((decision) => `${decision.kind} ${decision.server}`);
}

/** Takes pools into force whose servers have all answered before. */
function configure(arbiter: HealthArbiter, pools: readonly PoolOptions[], now: number): Decision[] {
  const decisions = arbiter.configure(pools, now);
  for (const { name, servers } of pools)
    for (const { id } of servers)
      arbiter.report({ pool: name, server: id, state: "recovered", reason: "answers" }, now);
  return decisions;
}

/** Lets the one probe that is due at `now` start and gives its token. */
function probeToken(arbiter: HealthArbiter, now: number): number {
  const [decision, ...more] = arbiter.tick(now);
  if (decision?.kind !== "probe" || more.length > 0) throw new Error("expected exactly one probe");
  return decision.token;
}

function stateOf(arbiter: HealthArbiter, server: string, now: number) {
  const state = arbiter.states(now).find((one) => one.server === server);
  if (!state) throw new Error(`no state of ${server}`);
  return state;
}

t.test(
  "a failing server is ejected, probed after its back-off, and readmitted once a probe passes",
  async (t) => {
    const arbiter = new HealthArbiter(noChance);
    t.same(configure(arbiter, [pool(["a", "b"])], 0), []);
    t.equal(arbiter.nextDue(), undefined);
    t.same(arbiter.report(failing("a"), 10), [
      { kind: "eject", pool: "p", server: "a", reason: "timeout", backoff: 1_000 },
    ]);
    t.ok(arbiter.ejected("p", "a"));
    t.match(stateOf(arbiter, "a", 10), { state: "ejected", reason: "timeout", age: 0, nextProbe: 1_000 });
    t.same(arbiter.tick(1_009), [], "not before the back-off");
    t.equal(arbiter.nextDue(), 1_010);

    const token = probeToken(arbiter, 1_010);
    t.match(stateOf(arbiter, "a", 1_010), { state: "probing", nextProbe: null });
    t.same(arbiter.tick(1_020), [], "one probe at a time");
    t.same(arbiter.probed("p", "a", token, ok, 1_030), [
      { kind: "readmit", pool: "p", server: "a", reason: "probe passed", after: 1_020 },
    ]);
    t.match(stateOf(arbiter, "a", 1_030), { state: "ready", reason: null, age: 0 });
    t.equal(arbiter.nextDue(), undefined);
  },
);

t.test("an ejection holds for all workers: further reports change nothing", async (t) => {
  const arbiter = new HealthArbiter(noChance);
  configure(arbiter, [pool(["a", "b"])], 0);
  arbiter.report(failing("a"), 0);
  t.same(arbiter.report(failing("a"), 100), []);
  t.same(arbiter.report(recovered("a"), 200), [], "a late answer is no ground for readmission");
  t.equal(arbiter.nextDue(), 1_000);
  t.equal(stateOf(arbiter, "a", 200).counts.ejections, 1);
});

t.test("the back-off doubles per failed probe up to its cap", async (t) => {
  const arbiter = new HealthArbiter(noChance);
  configure(arbiter, [pool(["a", "b"])], 0);
  arbiter.report(failing("a"), 0);
  let now = 0;
  const pauses: number[] = [];
  for (let i = 0; i < 6; i++) {
    const due = arbiter.nextDue() ?? Number.NaN;
    pauses.push(due - now);
    now = due;
    t.same(arbiter.probed("p", "a", probeToken(arbiter, now), failed, now), []);
  }
  t.same(pauses, [1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  t.match(stateOf(arbiter, "a", now), {
    state: "ejected",
    reason: failed.reason,
    failures: 7,
    counts: { probes: 6, probeFailures: 6 },
  });
});

t.test(
  "a server that fails soon after its return is left alone longer, after a stable time not",
  async (t) => {
    const arbiter = new HealthArbiter(noChance);
    configure(arbiter, [pool(["a", "b"])], 0);
    arbiter.report(failing("a"), 0);
    arbiter.probed("p", "a", probeToken(arbiter, 1_000), ok, 1_000);
    t.match(arbiter.report(failing("a"), 8_999), [{ kind: "eject", backoff: 2_000 }]);
    arbiter.probed("p", "a", probeToken(arbiter, 10_999), ok, 10_999);
    t.match(arbiter.report(failing("a"), 18_999), [{ kind: "eject", backoff: 1_000 }]);
  },
);

t.test("the cap refuses, says so once, and lets the next report in when a slot is free", async (t) => {
  const arbiter = new HealthArbiter(noChance);
  configure(arbiter, [pool(["a", "b", "c"])], 0);
  t.same(kinds(arbiter.report(failing("a"), 0)), ["eject a"]);
  t.same(arbiter.report(failing("b"), 1), [
    { kind: "refuse", pool: "p", server: "b", reason: "timeout", ejected: 1 },
  ]);
  t.same(arbiter.report(failing("b"), 2), [], "said once");
  t.match(stateOf(arbiter, "b", 2), { state: "ready", reason: "timeout", counts: { refusals: 2 } });
  arbiter.probed("p", "a", probeToken(arbiter, 1_000), ok, 1_000);
  t.same(kinds(arbiter.report(failing("b"), 1_001)), ["eject b"]);
});

t.test("a refused server that recovers is no longer shown as failing", async (t) => {
  const arbiter = new HealthArbiter(noChance);
  configure(arbiter, [pool(["a"])], 0);
  t.same(kinds(arbiter.report(failing("a"), 0)), ["refuse a"], "the last server stays");
  t.same(arbiter.report(recovered("a"), 1), []);
  t.equal(stateOf(arbiter, "a", 1).reason, null);
  t.same(kinds(arbiter.report(failing("a"), 9_000)), ["refuse a"], "a new episode is news");
});

t.test("a draining server is not ejected and does not count as one that stays", async (t) => {
  const arbiter = new HealthArbiter(noChance);
  const servers = [serverOptions("a", 1, { drain: true }), serverOptions("b", 2)];
  configure(arbiter, [poolOptions("p", servers, { eject })], 0);
  t.same(arbiter.report(failing("a"), 0), []);
  t.same(kinds(arbiter.report(failing("b"), 0)), ["refuse b"]);
});

t.test("a pool without eject options ejects nothing, by report or by probe", async (t) => {
  const arbiter = new HealthArbiter(noChance);
  configure(arbiter, [pool(["a", "b"], { eject: null, health })], 0);
  t.same(arbiter.report(failing("a"), 0), []);
  for (let i = 0; i < 5; i++) {
    const now = arbiter.nextDue() ?? Number.NaN;
    for (const due of arbiter.tick(now))
      if (due.kind === "probe") t.same(arbiter.probed("p", due.server, due.token, failed, now), []);
  }
  t.match(stateOf(arbiter, "a", 20_000), { state: "ready", reason: failed.reason });
});

t.test("active probes eject after as many failures in a row as reports would need", async (t) => {
  const arbiter = new HealthArbiter(noChance);
  const one = pool(["a", "b"], { health });
  configure(arbiter, [{ ...one, servers: one.servers }], 0);
  const round = (verdict: typeof ok | typeof failed): string[] => {
    const now = arbiter.nextDue() ?? Number.NaN;
    return arbiter.tick(now).flatMap((due) => {
      if (due.kind !== "probe") return [];
      return kinds(arbiter.probed("p", due.server, due.token, due.server === "a" ? verdict : ok, now));
    });
  };
  t.same(round(failed), []);
  t.same(round(failed), []);
  t.same(round(ok), [], "a success starts the count anew");
  t.same(round(failed), []);
  t.same(round(failed), []);
  t.same(round(failed), ["eject a"]);
  t.match(stateOf(arbiter, "a", 10_000), { reason: `probe: ${failed.reason}` });
});

t.test("active probes begin at once, and are then spread over the interval and keep it", async (t) => {
  const chances = [0.25, 0.75, 0.5, 0.25];
  const arbiter = new HealthArbiter(() => chances.shift() ?? 0);
  arbiter.configure([pool(["a", "b"], { health })], 0);
  t.equal(arbiter.nextDue(), 1, "2 ms per server, of which chance gives a quarter");
  arbiter.probed("p", "a", probeToken(arbiter, 1), ok, 10);
  t.equal(arbiter.nextDue(), 3);
  arbiter.probed("p", "b", probeToken(arbiter, 10), ok, 10);
  t.same([stateOf(arbiter, "a", 10).nextProbe, stateOf(arbiter, "b", 10).nextProbe], [1_000, 1_500]);
  arbiter.probed("p", "a", probeToken(arbiter, 1_010), ok, 1_020);
  t.equal(stateOf(arbiter, "a", 1_020).nextProbe, 2_000);
});

t.test("first probes of a large pool are spread over a few seconds", async (t) => {
  const arbiter = new HealthArbiter(() => 0.999);
  const ids = Array.from({ length: 10_000 }, (_, i) => `s${i}`);
  arbiter.configure([pool(ids)], 0);
  t.equal(arbiter.nextDue(), 4_995);
});

t.test("a new server is asked for until it has answered, and is not ejected for it", async (t) => {
  const arbiter = new HealthArbiter(noChance);
  arbiter.configure([pool(["a"])], 0);
  t.match(stateOf(arbiter, "a", 0), { state: "ready", reached: false, reason: null, nextProbe: 0 });
  let now = 0;
  const pauses: number[] = [];
  for (let i = 0; i < 7; i++) {
    t.same(arbiter.probed("p", "a", probeToken(arbiter, now), failed, now), []);
    t.match(stateOf(arbiter, "a", now), { state: "ready", reached: false, reason: failed.reason });
    const due = arbiter.nextDue() ?? Number.NaN;
    pauses.push(due - now);
    now = due;
  }
  t.same(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  arbiter.probed("p", "a", probeToken(arbiter, now), ok, now);
  t.match(stateOf(arbiter, "a", now), { reached: true, reason: null, age: 0, nextProbe: null });
  t.equal(arbiter.nextDue(), undefined);
});

t.test("an answer to a request shows as well that a new server is there", async (t) => {
  const arbiter = new HealthArbiter(noChance);
  arbiter.configure([pool(["a"])], 0);
  const token = probeToken(arbiter, 0);
  arbiter.report(recovered("a"), 5);
  t.match(stateOf(arbiter, "a", 5), { reached: true, reason: null });
  arbiter.probed("p", "a", token, failed, 10);
  t.match(stateOf(arbiter, "a", 10), { reached: true, reason: null, nextProbe: null });
});

t.test("where there is an interval, no pause is longer", async (t) => {
  const arbiter = new HealthArbiter(noChance);
  configure(arbiter, [pool(["a", "b"], { health: { ...health, interval: 1_500 } })], 0);
  arbiter.tick(0);
  arbiter.report(failing("a"), 0);
  let now = 0;
  const pauses: number[] = [];
  for (let i = 0; i < 4; i++) {
    const { nextProbe } = stateOf(arbiter, "a", now);
    pauses.push(nextProbe ?? Number.NaN);
    now += nextProbe ?? 0;
    arbiter.probed("p", "a", probeToken(arbiter, now), failed, now);
  }
  t.same(pauses, [1_000, 1_500, 1_500, 1_500]);
});

t.test("the first pause does not grow where the server has served meanwhile", async (t) => {
  const arbiter = new HealthArbiter(noChance);
  configure(arbiter, [pool(["a", "b"])], 0);
  let now = 0;
  for (let i = 0; i < 5; i++) {
    t.match(arbiter.report(failing("a"), now), [{ kind: "eject", backoff: 1_000 }]);
    arbiter.probed("p", "a", probeToken(arbiter, now + 1_000), failed, now + 1_000);
    arbiter.probed("p", "a", probeToken(arbiter, now + 3_000), ok, now + 3_000);
    now += 3_100;
    arbiter.report(recovered("a"), now);
  }
});

t.test("what podmate itself lacks for a probe says nothing of the server", async (t) => {
  const lacked = { ok: false, reason: "connect EMFILE", own: true } as const;
  const arbiter = new HealthArbiter(noChance);
  configure(arbiter, [pool(["a", "b"], { health })], 0);
  for (let i = 0; i < 10; i++) {
    const now = arbiter.nextDue() ?? Number.NaN;
    for (const due of arbiter.tick(now))
      if (due.kind === "probe") t.same(arbiter.probed("p", due.server, due.token, lacked, now), []);
  }
  t.match(stateOf(arbiter, "a", 20_000), { state: "ready", reason: null, counts: { probeFailures: 0 } });
  arbiter.report(failing("a"), 20_000);
  for (const due of arbiter.tick(21_000))
    if (due.kind === "probe") arbiter.probed("p", due.server, due.token, lacked, 21_000);
  t.match(stateOf(arbiter, "a", 21_000), { state: "ejected", reason: "timeout", nextProbe: 1_000 });
});

t.test("a server that fails and stays is said to fail, and why it stays", async (t) => {
  const arbiter = new HealthArbiter(noChance);
  configure(arbiter, [pool(["a"]), { ...pool(["x", "y"], { eject: null }), name: "q" }], 0);
  arbiter.report(failing("a"), 10);
  arbiter.report({ ...failing("x"), pool: "q" }, 10);
  t.match(stateOf(arbiter, "a", 50), { state: "ready", failing: true, kept: true, age: 40 });
  t.match(stateOf(arbiter, "x", 50), { state: "ready", failing: true, kept: false, reason: "timeout" });
  arbiter.report(recovered("a"), 60);
  arbiter.report({ ...recovered("x"), pool: "q" }, 60);
  t.match(stateOf(arbiter, "a", 60), { failing: false, kept: false, reason: null });
  t.match(stateOf(arbiter, "x", 60), { failing: false, reason: null });
});

t.test("news of a name's address bring the probe of those forward that are out or unknown", async (t) => {
  const arbiter = new HealthArbiter(noChance);
  configure(arbiter, [pool(["a", "b"])], 0);
  arbiter.addressed("p", "a", 10);
  t.equal(arbiter.nextDue(), undefined, "it is known to answer");
  arbiter.report(failing("a"), 10);
  arbiter.addressed("p", "a", 20);
  arbiter.addressed("p", "gone", 20);
  t.equal(arbiter.nextDue(), 20);
});

t.test("the verdict of an active probe begun before an ejection does not end it", async (t) => {
  const arbiter = new HealthArbiter(noChance);
  configure(arbiter, [pool(["a", "b"], { health })], 0);
  const probes = arbiter.tick(0);
  const token = probes.find((one) => one.server === "a" && one.kind === "probe");
  if (token?.kind !== "probe") throw new Error("no probe of a");
  arbiter.report(failing("a"), 1);
  t.same(arbiter.probed("p", "a", token.token, ok, 2), []);
  t.ok(arbiter.ejected("p", "a"));
});

t.test("state survives a reload by id, and goes with the server", async (t) => {
  const arbiter = new HealthArbiter(noChance);
  const three = pool(["a", "b", "c"]);
  configure(arbiter, [three], 0);
  arbiter.report(failing("a"), 0);
  t.same(configure(arbiter, [{ ...three, servers: three.servers.slice(0, 2) }], 100), []);
  t.ok(arbiter.ejected("p", "a"));
  t.equal(arbiter.nextDue(), 1_000);
  t.same(configure(arbiter, [{ ...three, servers: three.servers.slice(1) }], 200), []);
  t.notOk(arbiter.ejected("p", "a"));
  t.same(configure(arbiter, [three], 300), []);
  t.match(stateOf(arbiter, "a", 300), { state: "ready", counts: { ejections: 0 } });
  configure(arbiter, [], 400);
  t.same(arbiter.states(400), []);
  t.same(arbiter.report(failing("a"), 500), []);
});

t.test("a server at another address is another server", async (t) => {
  const arbiter = new HealthArbiter(noChance);
  configure(arbiter, [pool(["a", "b"])], 0);
  arbiter.report(failing("a"), 0);
  const token = probeToken(arbiter, 1_000);
  const moved = poolOptions("p", [serverOptions("a", 999), serverOptions("b", 11212)], { eject });
  t.same(configure(arbiter, [moved], 1_100), [
    { kind: "readmit", pool: "p", server: "a", reason: "its address changed", after: 1_100 },
  ]);
  t.same(arbiter.probed("p", "a", token, failed, 1_200), [], "the old one's probe is no longer of interest");
});

t.test("turning ejection off readmits", async (t) => {
  const arbiter = new HealthArbiter(noChance);
  configure(arbiter, [pool(["a", "b"])], 0);
  arbiter.report(failing("a"), 0);
  t.same(kinds(configure(arbiter, [pool(["a", "b"], { eject: null })], 50)), ["readmit a"]);
  t.equal(arbiter.nextDue(), undefined);
});

t.test(
  "a reload that leaves too many ejected has them probed at once, and readmits none unprobed",
  async (t) => {
    const arbiter = new HealthArbiter(noChance);
    const four = pool(["a", "b", "c", "d"]);
    configure(arbiter, [four], 0);
    arbiter.report(failing("a"), 0);
    arbiter.report(failing("b"), 0);
    t.same(configure(arbiter, [{ ...four, servers: four.servers.slice(0, 2) }], 10), []);
    t.same(kinds(arbiter.tick(10)), ["probe a", "probe b"]);
  },
);

t.test("a reload with a shorter max_backoff brings the next probe forward", async (t) => {
  const arbiter = new HealthArbiter(noChance);
  configure(arbiter, [pool(["a", "b"])], 0);
  arbiter.report(failing("a"), 0);
  configure(arbiter, [pool(["a", "b"], { eject: { ...eject, backoff: 100, max_backoff: 200 } })], 10);
  t.equal(arbiter.nextDue(), 210);
});

t.test("a clock that falls back delays nothing", async (t) => {
  const arbiter = new HealthArbiter(noChance);
  configure(arbiter, [pool(["a", "b"])], 1_000_000);
  arbiter.report(failing("a"), 1_000_000);
  t.same(arbiter.tick(100), []);
  t.equal(arbiter.nextDue(), 1_100);
  t.equal(stateOf(arbiter, "a", 600).nextProbe, 500);
  t.same(kinds(arbiter.tick(1_100)), ["probe a"]);
});

t.test("a clock that leaps starts one probe, not a burst", async (t) => {
  const arbiter = new HealthArbiter(noChance);
  configure(arbiter, [pool(["a"], { health })], 0);
  const token = probeToken(arbiter, 1e9);
  t.same(arbiter.tick(2e9), []);
  arbiter.probed("p", "a", token, ok, 2e9);
  t.equal(arbiter.nextDue(), 2e9 + health.interval);
});

t.test("servers are shown in the order of the configuration, as it is now", async (t) => {
  const arbiter = new HealthArbiter(noChance);
  const of = (name: string, ...ids: string[]) => ({ ...pool(ids), name });
  const shown = () => arbiter.states(0).map((state) => `${state.pool}/${state.server}`);
  configure(arbiter, [of("p", "a", "b"), of("q", "c")], 0);
  t.same(shown(), ["p/a", "p/b", "q/c"]);
  configure(arbiter, [of("q", "c"), of("p", "b", "a")], 0);
  t.same(shown(), ["q/c", "p/b", "p/a"]);
});
