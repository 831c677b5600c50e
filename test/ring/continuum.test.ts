// Does the indexed search find what looking at every point finds?
import fc from "fast-check";
import t from "tap";
import { Continuum } from "../../src/ring/continuum.ts";

const word = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.integer({ min: 0, max: 20 }),
  fc.integer({ min: 2 ** 32 - 20, max: 2 ** 32 - 1 }),
);

/** Of the points at or after the hash the nearest, or else of all the lowest; of equal ones the first added. */
function slowOwner(points: readonly number[], hash: number): number {
  const after = points.filter((value) => value >= hash);
  const lowest = Math.min(...(after.length > 0 ? after : points));
  return points.indexOf(lowest);
}

t.test("any points, any hash", async (t) => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 60 }), fc.array(word), (points, hashes) => {
      const continuum = new Continuum();
      for (const [owner, value] of points.entries()) continuum.add(value, owner);
      const placement = continuum.toPlacement();
      return [...hashes, ...points, 0, 2 ** 32 - 1].every((hash) => {
        const owner = slowOwner(points, hash);
        return placement.place(hash, 0) === owner && placement.point?.(hash) === points[owner];
      });
    }),
    { numRuns: 1000 },
  );
  t.pass("agrees");
});

// The points of `server1-8` in twemproxy's own self-test (src/test_all.c).
t.test("points of a digest", async (t) => {
  const continuum = new Continuum();
  continuum.addDigests("server1", 9, 1);
  const { point } = continuum.toPlacement();
  t.equal(point?.(3853726576), 3853726576);
  t.equal(point?.(2667054752), 2667054752);
});
