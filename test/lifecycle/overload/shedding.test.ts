import fc from "fast-check";
import t from "tap";
import {
  higher,
  pressureAt,
  releaseShare,
  Shedding,
  shedLevels,
} from "../../../src/lifecycle/overload/shedding.ts";

const calm = 5_000;

t.test("up at once, down a level at a time and after a time of calm", (t) => {
  const shedding = new Shedding();
  for (const [at, pressure, level] of [
    [0, 0.74, "none"],
    [1_000, 0.75, "low"],
    [2_000, 0.9, "normal"],
    // 0.81 is where normal begins to be released.
    [3_000, 0.82, "normal"],
    [4_000, 0.8, "normal"],
    [8_999, 0.8, "normal"],
    [9_000, 0.8, "low"],
    [10_000, 0, "low"],
    [14_999, 0, "low"],
    [15_000, 0, "none"],
    [16_000, 0, "none"],
    [17_000, 1, "normal"],
  ] as const) {
    t.equal(shedding.on(pressure, at, calm), level, `${pressure} at ${at}`);
  }
  t.end();
});

t.test("a moment of pressure begins the time of calm anew", (t) => {
  const shedding = new Shedding();
  shedding.on(0.75, 0, calm);
  shedding.on(0.1, 1_000, calm);
  shedding.on(0.7, 5_500, calm);
  shedding.on(0.1, 6_000, calm);
  t.equal(shedding.on(0.1, 10_999, calm), "low");
  t.equal(shedding.on(0.1, 11_000, calm), "none");
  t.end();
});

const looks = fc.array(
  fc.record({
    pressure: fc.double({ min: 0, max: 0.9, noNaN: true }),
    pause: fc.integer({ min: 1, max: 3_000 }),
  }),
  { maxLength: 100 },
);

t.test(
  "whatever the pressure does, what it leads to is refused, and no level is left before its calm",
  (t) => {
    fc.assert(
      fc.property(looks, (looks) => {
        const shedding = new Shedding();
        const seen: { at: number; pressure: number }[] = [];
        let now = 0;
        let heldSince = 0;
        for (const { pressure, pause } of looks) {
          now += pause;
          seen.push({ at: now, pressure });
          const before = shedding.level;
          const level = shedding.on(pressure, now, calm);
          if (pressure >= pressureAt[level === "normal" ? "normal" : level === "low" ? "normal" : "low"]) {
            if (level !== "normal") return false;
          }
          if (higher(before, level) === before && before !== level) {
            const isNext = shedLevels.indexOf(before) - shedLevels.indexOf(level) === 1;
            const wasCalm = seen
              .filter(({ at }) => at > now - calm && at >= heldSince)
              .every(({ pressure }) => pressure < releaseShare * pressureAt[before]);
            if (!isNext || !wasCalm || now - heldSince < calm) return false;
          }
          if (before !== level) heldSince = now;
        }
        return true;
      }),
    );
    t.end();
  },
);
