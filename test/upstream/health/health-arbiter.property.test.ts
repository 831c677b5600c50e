/** Whatever happens in whatever order: the promises that operators rely on. */
import fc from "fast-check";
import t from "tap";
import { type Decision, HealthArbiter } from "../../../src/upstream/health/health-arbiter.ts";
import { backoffJitter, ejectionCap } from "../../../src/upstream/health/server-health.ts";
import type { PoolOptions } from "../../../src/upstream/pool-options.ts";
import { poolOptions, serverOptions } from "../../support/pools.ts";

const backoff = 1_000;
const maxBackoff = 8_000;
const interval = 2_000;

type Step =
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "report"; readonly server: number; readonly failing: boolean }
  | { readonly do: "answer"; readonly probe: number; readonly ok: boolean }
  | { readonly do: "configure"; readonly members: readonly number[]; readonly percent: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant("wait"), ms: fc.integer({ min: -5_000, max: 20_000 }) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant("report"), server: fc.nat({ max: 7 }), failing: fc.boolean() }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant("answer"), probe: fc.nat(), ok: fc.boolean() }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant("configure"),
        members: fc.uniqueArray(fc.nat({ max: 7 }), { maxLength: 8 }),
        percent: fc.integer({ min: 0, max: 100 }),
      }),
    },
  ) as fc.Arbitrary<Step>,
  { maxLength: 120 },
);

interface Probe {
  readonly server: string;
  readonly token: number;
  readonly readmission: boolean;
}

/** Runs steps against an arbiter and a slow, obvious account of what it has decided. */
class Model {
  readonly arbiter: HealthArbiter;
  now = 50_000;
  /** Time that has really passed: what a clock falling back takes away does not count. */
  elapsed = 0;
  members: string[] = [];
  percent = 50;
  readonly out = new Map<string, { earliest: number; latest: number }>();
  probes: Probe[] = [];

  constructor(random: () => number) {
    this.arbiter = new HealthArbiter(random);
    this.configure([0, 1, 2, 3, 4, 5], 50);
  }

  run(step: Step): void {
    if (step.do === "wait") this.wait(step.ms);
    else if (step.do === "report") this.report(`s${step.server}`, step.failing);
    else if (step.do === "answer") this.answer(step.probe, step.ok);
    else this.configure(step.members, step.percent);
    this.check();
  }

  wait(ms: number): void {
    this.now += ms;
    this.elapsed += Math.max(0, ms);
    this.take(this.arbiter.tick(this.now), undefined);
  }

  report(server: string, failing: boolean): void {
    const state = failing ? "failing" : "recovered";
    this.take(this.arbiter.report({ pool: "p", server, state, reason: "timeout" }, this.now), undefined);
  }

  answer(index: number, ok: boolean): void {
    const probe = this.probes.splice(index % Math.max(1, this.probes.length), 1)[0];
    if (!probe) return;
    const verdict = ok ? ({ ok } as const) : { ok, reason: "silent" };
    const wasOut = this.out.get(probe.server);
    const decisions = this.arbiter.probed("p", probe.server, probe.token, verdict, this.now);
    this.take(decisions, ok && probe.readmission ? probe.server : undefined);
    // A failed readmission probe of a server still out starts the next back-off, at most max_backoff long.
    if (wasOut && this.out.has(probe.server) && probe.readmission && !ok)
      wasOut.latest = this.elapsed + maxBackoff;
  }

  configure(members: readonly number[], percent: number): void {
    this.members = members.map((member) => `s${member}`);
    this.percent = percent;
    for (const server of this.out.keys()) if (!this.members.includes(server)) this.out.delete(server);
    const pool: PoolOptions = poolOptions(
      "p",
      members.map((member) => serverOptions(`s${member}`, 1 + member)),
      {
        eject: {
          failures: 2,
          window: 1_000,
          backoff,
          max_backoff: maxBackoff,
          max_percent: percent,
          on_eject: "rehash",
        },
        health: { interval, timeout: 100 },
      },
    );
    this.take(this.arbiter.configure([pool], this.now), undefined);
    const over = this.out.size > ejectionCap(this.members.length, percent);
    if (over) for (const times of this.out.values()) times.earliest = Math.min(times.earliest, this.elapsed);
  }

  take(decisions: Decision[], mayReadmit: string | undefined): void {
    for (const decision of decisions) {
      if (decision.kind === "probe") this.takeProbe(decision.server, decision.token);
      else if (decision.kind === "eject") this.takeEjection(decision.server, decision.backoff);
      else if (decision.kind === "readmit") {
        if (decision.server !== mayReadmit)
          throw new Error(`${decision.server} readmitted without a passed probe`);
        this.out.delete(decision.server);
      }
    }
  }

  takeProbe(server: string, token: number): void {
    const times = this.out.get(server);
    if (times && this.elapsed < times.earliest - 1e-6)
      throw new Error(`${server} probed before its back-off`);
    this.probes.push({ server, token, readmission: times !== undefined });
  }

  takeEjection(server: string, pause: number): void {
    if (this.out.has(server)) throw new Error(`${server} ejected twice`);
    if (pause < backoff * (1 - backoffJitter) || pause > maxBackoff)
      throw new Error(`back-off of ${pause} ms`);
    this.out.set(server, { earliest: this.elapsed + pause, latest: this.elapsed + pause });
    if (this.out.size > ejectionCap(this.members.length, this.percent)) throw new Error("above the cap");
    if (this.out.size >= this.members.length) throw new Error("no server left");
  }

  check(): void {
    const states = this.arbiter.states(this.now);
    const shown = states.map((state) => state.server);
    if (shown.join() !== this.members.join()) throw new Error(`shows ${shown}, has ${this.members}`);
    for (const state of states) {
      const out = state.state !== "ready";
      if (out !== this.out.has(state.server)) throw new Error(`${state.server} shown as ${state.state}`);
      if (out !== this.arbiter.ejected("p", state.server)) throw new Error("two truths");
      if (state.nextProbe !== null && state.nextProbe > maxBackoff)
        throw new Error(`next probe in ${state.nextProbe} ms`);
      if (state.age < 0) throw new Error(`age of ${state.age} ms`);
    }
    const due = this.arbiter.nextDue();
    if (due !== undefined && due - this.now > maxBackoff + 1e-6)
      throw new Error(`next due in ${due - this.now} ms`);
  }
}

t.test("cap, probes, back-off and state hold in every history", async () => {
  fc.assert(
    fc.property(
      steps,
      fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
      (history, chances) => {
        const model = new Model(() => chances.next().value ?? 0);
        for (const step of history) model.run(step);
      },
    ),
    { numRuns: 500 },
  );
});

t.test("every ejected server returns once it answers again", async () => {
  fc.assert(
    fc.property(steps, (history) => {
      const model = new Model(() => 0.5);
      for (const step of history) model.run(step);
      for (let i = 0; i < 10 && (model.out.size > 0 || model.probes.length > 0); i++) {
        while (model.probes.length > 0) model.answer(0, true);
        model.wait(maxBackoff);
      }
      while (model.probes.length > 0) model.answer(0, true);
      return model.out.size === 0;
    }),
    { numRuns: 200 },
  );
});

t.test("the cap is at most the share, at least one server, and never all", async () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 100 }), (members, percent) => {
      const cap = ejectionCap(members, percent);
      if (percent === 0 || members < 2) return cap === 0;
      return cap >= 1 && cap < members && (cap === 1 || cap * 100 <= members * percent);
    }),
  );
});
