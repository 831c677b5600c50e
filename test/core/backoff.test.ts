import fc from "fast-check";
import t from "tap";
import { backoffDelay } from "../../src/core/backoff.ts";

const never = () => 0;

t.test("without jitter the pause doubles from base to cap", async (t) => {
  const options = { base: 100, cap: 1_000, jitter: 0 };
  const pauses = [0, 1, 2, 3, 4, 5, 6].map((n) => backoffDelay(options, n, never));
  t.same(pauses, [100, 100, 200, 400, 800, 1_000, 1_000]);
});

t.test("jitter takes off at most its share", async (t) => {
  const options = { base: 100, cap: 1_000, jitter: 0.2 };
  t.equal(
    backoffDelay(options, 2, () => 0.5),
    180,
  );
  t.equal(
    backoffDelay(options, 99, () => 0.5),
    900,
  );
});

t.test("bounds hold for any number of failures", async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.integer({ min: 0, max: 1e6 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 1e7 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (base, more, jitter, failures, chance) => {
        const delay = backoffDelay({ base, cap: base + more, jitter }, failures, () => chance);
        return delay >= base * (1 - jitter) && delay <= base + more;
      },
    ),
  );
});
