import fc from "fast-check";

/** Ways to cut `length` bytes into at most 12 pieces, shrinking to none: places in ascending order. */
export function randomCuts(length: number): fc.Arbitrary<number[]> {
  if (length < 2) return fc.constant([]);
  return fc
    .uniqueArray(fc.integer({ min: 1, max: length - 1 }), { maxLength: 11 })
    .map((cuts) => cuts.sort((a, b) => a - b));
}

/** The bytes, cut at these places. */
export function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...cuts, bytes.length];
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}
