import fc from "fast-check";
import t from "tap";
import { backoff } from "../../src/core/backoff.ts";

t.test("without jitter the pause doubles from base to cap", async (t) => {
  const pauses = [0, 1, 2, 3, 4, 5, 5_000].map((attempt) => backoff(attempt, 100, 1_000, 0));
  t.same(pauses, [100, 200, 400, 800, 1_000, 1_000, 1_000]);
});

t.test("jitter takes off at most its share, at the cap too", async (t) => {
  const half = () => 0.5;
  t.equal(backoff(1, 100, 1_000, 0.2, half), 180);
  t.equal(backoff(99, 100, 1_000, 0.2, half), 900);
});

t.test("bounds hold for any number of attempts", async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.integer({ min: 0, max: 1e6 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 1e7 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (base, more, jitter, attempt, chance) => {
        const pause = backoff(attempt, base, base + more, jitter, () => chance);
        return pause >= base * (1 - jitter) * (1 - 1e-9) && pause <= base + more;
      },
    ),
  );
});
