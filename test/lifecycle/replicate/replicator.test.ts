import fc from "fast-check";
import t from "tap";
import type { ReplicateOptions } from "../../../src/lifecycle/replicate/replicate-options.ts";
import {
  firstPause,
  longestPause,
  type Replicas,
  type ReplicateRun,
  Replicator,
} from "../../../src/lifecycle/replicate/replicator.ts";
import {
  type Scale,
  ScaleConflict,
  type ScaleOrder,
  type Scaler,
  ScaleUnclear,
  TryLater,
} from "../../../src/lifecycle/replicate/scaler.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { settle } from "../../support/fake-draining.ts";

const options: ReplicateOptions = {
  by: { kind: "kubernetes" },
  min: 1,
  max: 5,
  cool_down: 60_000,
  timeout: 10_000,
};

/** Scales a number. */
class FakeScaler implements Scaler {
  replicas: number | null;
  conflicts = 0;
  reads = 0;
  hangs = false;
  fails: Error | null = null;
  /** What the next reads fail with. */
  readonly unreadable: Error[] = [];
  readonly orders: ScaleOrder[] = [];

  constructor(replicas: number | null) {
    this.replicas = replicas;
  }

  async read(signal: AbortSignal): Promise<Scale> {
    this.reads++;
    if (this.hangs) {
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("killed"))));
    }
    const failure = this.unreadable.shift();
    if (failure !== undefined) throw failure;
    return { target: null, wanted: this.replicas, current: this.replicas };
  }

  async write(seen: Scale, order: ScaleOrder): Promise<Scale> {
    const { replicas, dryRun } = order;
    this.orders.push(order);
    if (this.conflicts > 0) {
      this.conflicts--;
      if (this.replicas !== null) this.replicas++;
      throw new ScaleConflict("the object has been modified");
    }
    if (this.fails !== null) throw this.fails;
    if (!dryRun) this.replicas = replicas;
    return { ...seen, wanted: replicas };
  }
}

function start(replicas: number | null = 2, random = () => 0) {
  const clock = new FakeClock();
  const runs: ReplicateRun[] = [];
  const seen: (number | null)[] = [];
  const logged: Record<string, unknown>[] = [];
  const scaler = new FakeScaler(replicas);
  const replicator = new Replicator({
    clock,
    random,
    log: (level, fields) => logged.push({ severity: level, ...fields }),
    seen: ({ wanted }) => seen.push(wanted),
    ran: (run) => runs.push(run),
  });
  const ask = (replicas: Replicas, over: Partial<ReplicateOptions> = {}, dryRun = false) =>
    replicator.request(scaler, { ...options, ...over }, { replicas, reason: "busy", dryRun });
  return { clock, scaler, replicator, ask, runs, seen, logged };
}

t.test("so many, or so many more", async (t) => {
  const { ask, scaler, clock, seen, replicator, logged } = start();
  t.match(await ask({ count: 3 }), { result: "scaled", before: 2, after: 3 });
  clock.advance(60_000);
  t.match(await ask({ more: 2 }), { result: "scaled", before: 3, after: 5 });
  t.equal(scaler.replicas, 5);
  t.same(seen, [2, 3, 3, 5]);
  t.equal(replicator.last?.after, 5);
  t.match(logged, [
    { severity: "info", asked: "3", result: "scaled", reason: "busy" },
    { asked: "+2", before: 3, after: 5 },
  ]);
  t.equal(clock.pending, 0);
});

t.test("as many as there are is no change, and nobody has to wait after it", async (t) => {
  const { ask, replicator } = start();
  t.match(await ask({ count: 2 }), { result: "unchanged", before: 2, after: 2 });
  t.equal(replicator.wait(options), 0);
});

t.test("after a change there is a pause, also for a dry run", async (t) => {
  const { ask, clock, replicator, runs } = start();
  t.match(await ask({ more: 1 }, {}, true), { result: "dry_run", before: 2, after: 3 });
  t.equal(replicator.wanted, null);
  await ask({ more: 1 });
  clock.advance(59_001);
  const refusal = { kind: "cool_down", message: "the last change is too recent; try again in 1 s" };
  await t.rejects(ask({ more: 1 }), refusal);
  await t.rejects(ask({ more: 1 }, {}, true), refusal);
  t.equal(replicator.wait(options), 999);
  clock.advance(999);
  t.match(await ask({ more: 1 }), { after: 4 });
  t.same(
    runs.map(({ result }) => result),
    ["dry_run", "scaled", "cool_down", "cool_down", "scaled"],
  );
});

t.test("requests that come together are taken one after the other", async (t) => {
  const { ask, scaler } = start();
  const [first, second] = await Promise.allSettled([ask({ more: 1 }), ask({ more: 1 })]);
  t.match(first, { status: "fulfilled" });
  t.match(second, { status: "rejected", reason: { kind: "cool_down" } });
  t.equal(scaler.replicas, 3);
});

t.test("whatever is asked for, the number stays within its limits", async () => {
  const asked = fc.oneof(
    fc.record({ count: fc.nat({ max: 12 }) }),
    fc.record({ more: fc.integer({ min: 1, max: 12 }) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.array(asked, { maxLength: 6 }),
      async (first, all) => {
        const { ask, scaler } = start(first);
        for (const replicas of all) {
          const before: number = scaler.replicas!;
          const meant = "count" in replicas ? replicas.count : before + replicas.more;
          const isAllowed = meant >= 1 && meant <= 5;
          const outcome = await ask(replicas, { cool_down: 0 }).then(
            () => "done",
            ({ kind }) => kind,
          );
          if (outcome !== (isAllowed ? "done" : "limit")) return false;
          if (scaler.replicas !== (isAllowed ? meant : before)) return false;
        }
        return true;
      },
    ),
  );
});

t.test("a number beyond the limits asks nobody", async (t) => {
  const { ask, scaler } = start();
  await t.rejects(ask({ count: 6 }), { kind: "limit", message: "6 replicas are not within 1 to 5" });
  t.equal(scaler.reads, 0);
});

t.test("more than a number that nobody knows is refused", async (t) => {
  const { ask, replicator } = start(null);
  await t.rejects(ask({ more: 1 }), { kind: "unknown", message: /^how many there are/ });
  t.match(await ask({ count: 2 }), { result: "scaled", before: null, after: 2 });
  t.equal(replicator.wanted, 2);
});

t.test(
  "where others scale at the same time, it counts from what they have left, after a pause",
  async (t) => {
    const { ask, scaler, clock } = start(1);
    scaler.conflicts = 3;
    const asked = ask({ more: 1 });
    for (const pause of [firstPause, 2 * firstPause, 4 * firstPause]) {
      await settle();
      t.equal(clock.untilNext, pause);
      clock.advance(pause);
    }
    t.match(await asked, { before: 4, after: 5 });
    t.equal(clock.pending, 0);
  },
);

t.test("conflicts are no end before the timeout, and were no change then", async (t) => {
  const { ask, scaler, clock, replicator } = start(1);
  scaler.conflicts = 1_000;
  scaler.replicas = null;
  const asked = ask({ count: 2 });
  const rejected = t.rejects(asked, { kind: "conflict", message: "the object has been modified" });
  for (let passed = 0; passed < options.timeout; passed += longestPause) {
    await settle();
    clock.advance(longestPause);
  }
  await rejected;
  t.equal(replicator.wait(options), 0);
  t.equal(clock.pending, 0);
});

t.test("pauses differ by chance", async (t) => {
  const { ask, scaler, clock } = start(1, () => 0.5);
  scaler.conflicts = 1;
  const asked = ask({ more: 1 });
  await settle();
  t.equal(clock.untilNext, 0.6 * firstPause);
  clock.advance(firstPause);
  await asked;
});

t.test("a refusal that may be none later is tried again, any other is not", async (t) => {
  const { ask, scaler, clock } = start(1);
  scaler.unreadable.push(new TryLater("it is starting"));
  const asked = ask({ count: 2 });
  await settle();
  clock.advance(firstPause);
  t.match(await asked, { before: 1, after: 2 });
  clock.advance(options.cool_down);
  scaler.unreadable.push(new Error("not you"));
  await t.rejects(ask({ count: 3 }), { kind: "failed", message: "not you" });
  scaler.fails = new TryLater("it is starting");
  const late = t.rejects(ask({ more: 1 }), { kind: "failed", message: "it is starting" });
  for (let passed = 0; passed < options.timeout; passed += longestPause) {
    await settle();
    clock.advance(longestPause);
  }
  await late;
});

t.test("a number overrules what others have set meanwhile, so many more do not", async (t) => {
  const { ask, scaler } = start(1);
  await ask({ count: 2 }, { cool_down: 0 });
  await ask({ more: 1 }, { cool_down: 0 });
  t.match(scaler.orders, [
    { replicas: 2, overrules: true },
    { replicas: 3, overrules: false },
  ]);
});

t.test("what takes too long is given up, and may have had an effect", async (t) => {
  const { ask, scaler, clock, replicator } = start();
  scaler.hangs = true;
  const asked = ask({ count: 3 });
  await settle();
  clock.advance(10_000);
  await t.rejects(asked, { kind: "timeout", message: "it was not done after 10000 ms" });
  t.equal(replicator.wait(options), 60_000);
  t.equal(clock.pending, 0);
});

t.test("what may have been carried out has others wait, and what was refused has not", async (t) => {
  const { ask, scaler, replicator } = start();
  scaler.fails = new Error("you may not");
  await t.rejects(ask({ more: 1 }), { kind: "failed", message: "you may not" });
  t.equal(replicator.wait(options), 0);
  scaler.fails = new ScaleUnclear("the connection was lost");
  await t.rejects(ask({ more: 1 }, {}, true), { kind: "failed", message: "the connection was lost" });
  t.equal(replicator.wait(options), 0, "a dry run changes nothing");
  await t.rejects(ask({ more: 1 }), { kind: "failed", message: "the connection was lost" });
  t.equal(replicator.wait(options), 60_000);
  await t.rejects(ask({ more: 1 }), { kind: "cool_down", message: /^the last change is too recent/ });
});

t.test("who reads at the same time gets the same answer", async (t) => {
  const { replicator, scaler } = start();
  const [one, two] = await Promise.all([replicator.read(scaler, options), replicator.read(scaler, options)]);
  t.equal(one, two);
  t.equal(scaler.reads, 1);
  await replicator.read(scaler, options);
  t.equal(scaler.reads, 2);
});
