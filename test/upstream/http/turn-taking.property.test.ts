/** Requests without a key: turns by weight, to the letter. */
import fc from "fast-check";
import t from "tap";
import { TurnTaking } from "../../../src/upstream/http/turn-taking.ts";
import { countPlaces } from "../../support/picking-pool.ts";

const everybody = () => true;
const whole = () => 1;

function turnsOf(weights: readonly number[]) {
  const taking = new TurnTaking(weights.map((weight) => ({ weight })));
  return (eligible: (index: number) => boolean = everybody, share: (index: number) => number = whole) =>
    taking.next(eligible, share);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

t.test("equal servers: each run of as many turns as there are servers has each of them once", async () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 5 }), (count, weight) => {
      const next = turnsOf(new Array<number>(count).fill(weight));
      const taken = Array.from({ length: 5 * count }, () => next());
      for (let at = 0; at + count <= taken.length; at++) {
        if (new Set(taken.slice(at, at + count)).size !== count) throw new Error(`${taken}`);
      }
    }),
  );
});

t.test("weights: exactly their share in each round, and never far from it on the way", async () => {
  const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(weights, (weights) => {
      const next = turnsOf(weights);
      const total = sum(weights);
      const counts = weights.map(() => 0);
      for (let turn = 1; turn <= 3 * total; turn++) {
        counts[next()]!++;
        for (const [i, weight] of weights.entries()) {
          const due = (turn * weight) / total;
          // Evenly mixed: nobody is a whole round ahead or behind.
          if (Math.abs(counts[i]! - due) >= weights.length) throw new Error(`turn ${turn}: ${counts}`);
          if (turn % total === 0 && counts[i] !== due) throw new Error(`round of ${turn}: ${counts}`);
        }
      }
    }),
  );
});

t.test("3 and 1 come A A B A", async (t) => {
  const next = turnsOf([3, 1]);
  t.same(
    Array.from({ length: 8 }, () => next()),
    [0, 0, 1, 0, 0, 0, 1, 0],
  );
});

t.test("who is out gets nothing; the others share as before, and nobody makes up for lost time", async () => {
  const weights = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(weights, fc.nat(), fc.integer({ min: 0, max: 40 }), (weights, who, before) => {
      const out = who % weights.length;
      const next = turnsOf(weights);
      for (let i = 0; i < before; i++) next();
      const rest = sum(weights) - weights[out]!;
      const meanwhile = Array.from({ length: 20 * rest }, () => next((index) => index !== out));
      const counts = countPlaces(meanwhile, weights.length);
      for (const [i, weight] of weights.entries()) {
        const due = i === out ? 0 : 20 * weight;
        if (i === out ? counts[i] !== 0 : Math.abs(counts[i]! - due) > weights.length) {
          throw new Error(`${counts} while s${out} was out`);
        }
      }
      const after = countPlaces(
        Array.from({ length: sum(weights) }, () => next()),
        weights.length,
      );
      for (const [i, weight] of weights.entries()) {
        if (Math.abs(after[i]! - weight) > weights.length) throw new Error(`${after} when it was back`);
      }
    }),
  );
});

t.test("a share counts as that much of the weight", async (t) => {
  const next = turnsOf([1, 1, 2]);
  const taken = Array.from({ length: 350 }, () => next(everybody, (index) => (index === 1 ? 0.5 : 1)));
  t.same(countPlaces(taken, 3), [100, 50, 200]);
});

t.test("nobody is eligible", async (t) => {
  const next = turnsOf([1, 1]);
  t.equal(
    next(() => false),
    -1,
  );
  t.equal(turnsOf([])(), -1);
  t.same([next(), next()].sort(), [0, 1], "and nothing is owed for it");
});
