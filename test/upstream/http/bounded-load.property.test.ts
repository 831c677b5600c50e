/** `balance_factor`: what a server has to do stays within the factor of the mean, by whatever rule keys are placed. */
import fc from "fast-check";
import t from "tap";
import { distributionTable } from "../../../src/ring/distribution-table.ts";
import { type Distribution, distributions } from "../../../src/ring/ring-options.ts";
import { countPlaces, PickingPool } from "../../support/picking-pool.ts";

const keyed = distributions.filter((distribution) => distribution !== "random");
const factors = fc.constantFrom(1.01, 1.25, 1.5, 2, 4);

/** Weights where the distribution has them, else ones. */
function weightsFor(distribution: Distribution) {
  const used = distributionTable[distribution].weights === "used";
  return fc.array(used ? fc.integer({ min: 1, max: 5 }) : fc.constant(1), { minLength: 1, maxLength: 8 });
}

/** Fails if `load` is more than a share by weight of `all`, times the factor, rounded up. */
function expectBounded(load: number, factor: number, all: number, weight: number, weights: number): void {
  // Below it before the last one came; but for what doubles lose.
  if (load - 1 >= (factor * all * weight) / weights + 1e-9) throw new Error(`${load} of ${all} are too many`);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

for (const distribution of distributions) {
  t.test(`${distribution}: a hot key loads no server beyond its bound`, async () => {
    fc.assert(
      fc.property(weightsFor(distribution), factors, fc.string({ maxLength: 12 }), (weights, factor, key) => {
        const pool = new PickingPool({ weights, distribution, http: { balance_factor: factor } });
        for (let all = 1; all <= 100; all++) {
          pool.arrive(key);
          for (const [i, load] of pool.loads.entries()) {
            expectBounded(load, factor, all, weights[i]!, sum(weights));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  t.test(`${distribution}: nor do many keys that come and go while servers do, too`, async () => {
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.record({ arrive: fc.option(fc.integer({ min: 0, max: 9 })) }) },
      { weight: 4, arbitrary: fc.record({ leave: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ turn: fc.nat({ max: 7 }) }) },
    );
    const steps = fc.array(step, { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(weightsFor(distribution), factors, steps, (weights, factor, steps) => {
        const pool = new PickingPool({ weights, distribution, http: { balance_factor: factor } });
        const out = new Set<number>();
        const inService = (i: number): boolean => !out.has(i);
        const underWay: number[] = [];
        for (const step of steps) {
          if ("leave" in step) {
            const [left] = underWay.splice(step.leave % Math.max(1, underWay.length), 1);
            if (left !== undefined) pool.leave(left);
          } else if ("turn" in step) {
            const index = step.turn % weights.length;
            if (out.delete(index)) pool.readmit(index);
            else if (out.add(index)) pool.eject(index);
          } else {
            const at = pool.arrive(step.arrive === null ? null : `key-${step.arrive}`);
            if (at < 0) {
              if (out.size < weights.length) throw new Error("there are servers, and none is found");
              continue;
            }
            underWay.push(at);
            if (!inService(at)) throw new Error(`s${at} is out of service`);
            const all = sum(pool.loads.filter((_, i) => inService(i)));
            expectBounded(
              pool.loads[at]!,
              factor,
              all,
              weights[at]!,
              sum(weights.filter((_, i) => inService(i))),
            );
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  t.test(`${distribution}: what was under way before a reload counts after it`, async () => {
    const options = { weights: [1, 1, 1, 1], distribution, http: { balance_factor: 1.25 } };
    const before = new PickingPool(options);
    for (let i = 0; i < 80; i++) before.arrive(`key-${i}`);
    const after = new PickingPool(options, before);
    for (let i = 0; i < 40; i++) after.arrive("hot");
    for (const load of after.loads) expectBounded(load, 1.25, 120, 1, 4);
  });
}

for (const distribution of keyed) {
  t.test(
    `${distribution}: a key keeps to its server while there is room, and then to one other`,
    async (t) => {
      const weights = [1, 1, 1, 1, 1];
      const calm = new PickingPool({ weights, distribution });
      const pool = new PickingPool({ weights, distribution, http: { balance_factor: 1.25 } });
      const takers: number[] = [];
      const strayed: string[] = [];
      for (let i = 0; i < 1_000; i++) {
        const key = `key-${i}`;
        const home = calm.pick(key);
        if (pool.pick(key) !== home) strayed.push(key);
        // Its server has all there is to do.
        pool.pool.servers[home]!.inFlight = pool.pool.inFlight = 10;
        const other = pool.pick(key);
        if (other === home || pool.pick(key) !== other) strayed.push(key);
        pool.pool.servers[home]!.inFlight = pool.pool.inFlight = 0;
        if (home === 0) takers.push(other);
      }
      t.same(strayed, []);
      const counts = countPlaces(takers, 5).slice(1);
      const mean = takers.length / 4;
      for (const count of counts)
        t.ok(Math.abs(count - mean) < 0.45 * mean, `evenly to the others: ${counts}`);
    },
  );
}

t.test("without a factor a hot key loads its server alone", async (t) => {
  const pool = new PickingPool({ weights: [1, 1, 1] });
  for (let i = 0; i < 100; i++) pool.arrive("hot");
  t.same(
    pool.loads.toSorted((a, b) => a - b),
    [0, 0, 100],
  );
});

t.test("fail_fast binds a key to its server, whatever that has to do", async (t) => {
  const http = { balance_factor: 1.25 };
  const pool = new PickingPool({ weights: [1, 1, 1], http, on_eject: "fail_fast" });
  for (let i = 0; i < 100; i++) pool.arrive("hot");
  t.same(
    pool.loads.toSorted((a, b) => a - b),
    [0, 0, 100],
  );
});
