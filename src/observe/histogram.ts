/**
 * Log-linear latency histogram over a region of a Float64Array, after HdrHistogram's bucket scheme
 * (http://hdrhistogram.org, 8 sub-buckets per power of two): from 1 µs to 2^26 µs (67 s), one more bucket for
 * what is longer. A bucket is at most 1/8 of its lower bound wide, so a quantile is off by at most 6.25 %; up to
 * 16 µs it is exact.
 *
 * Region: count, sum in µs, 193 buckets; 195 slots, 1,560 bytes. All 27 commands take 42 kB for each pool or
 * server and worker, of which only the pages that are written become resident.
 *
 * Bucket i holds the durations in (lower(i), upper(i)], bounds that fit Prometheus' inclusive `le`.
 */
const subBits = 3;
const subBuckets = 1 << subBits;
const maxBits = 26;
const bucketCount = (maxBits - subBits + 1) * subBuckets + 1;
const overflow = bucketCount - 1;
const bucketsAt = 2;

/** `maxMicros`, but module-private: the engine folds such a constant, and loads an exported one at each use. */
const limit = 1 << maxBits;

/** Longest duration told apart, in µs. */
export const maxMicros = limit;
/** Slots of one histogram in a block. */
export const histogramLength = bucketsAt + bucketCount;

/** Counts one duration in µs; fractions are cut off, what is negative or not a number counts as 0. */
export function record(block: Float64Array, offset: number, micros: number): void {
  const whole = micros > 1 ? (micros < limit + 1 ? micros - 1 : limit) | 0 : 0;
  const shift = 31 - subBits - Math.clz32(whole | subBuckets);
  const bucket = offset + bucketsAt + (shift << subBits) + (whole >>> shift);
  block[bucket]! += 1;
  block[offset]! += 1;
  block[offset + 1]! += micros > 0 ? micros : 0;
}

/** Durations counted. */
export function histogramCount(block: Float64Array, offset: number): number {
  return block[offset]!;
}

/** Sum of the durations counted, in µs. */
export function histogramSum(block: Float64Array, offset: number): number {
  return block[offset + 1]!;
}

/** Adds the histogram at `from` in `source` to the one at `to` in `target`. */
export function addHistogram(target: Float64Array, to: number, source: Float64Array, from: number): void {
  for (let i = 0; i < histogramLength; i++) target[to + i]! += source[from + i]!;
}

/**
 * The duration in µs below which the share `q` (0..1) of all counted durations lies, by the nearest-rank method;
 * NaN if nothing was counted, `maxMicros` if it lies beyond.
 */
export function quantile(block: Float64Array, offset: number, q: number): number {
  let total = 0;
  for (let i = 0; i < bucketCount; i++) total += block[offset + bucketsAt + i]!;
  if (total === 0) return Number.NaN;
  const rank = Math.min(total, Math.max(1, Math.ceil(q * total)));
  let seen = 0;
  for (let i = 0; i < overflow; i++) {
    seen += block[offset + bucketsAt + i]!;
    if (seen >= rank) return middle(i);
  }
  return maxMicros;
}

/** How many durations were at most `2 ** bits` µs, for each of the rising `bits` (3..26), and how many in all. */
export function cumulativeCounts(block: Float64Array, offset: number, bits: readonly number[]): number[] {
  const counts: number[] = [];
  let seen = 0;
  let bucket = 0;
  for (const bit of bits) {
    const end = (bit - subBits + 1) * subBuckets;
    for (; bucket < end; bucket++) seen += block[offset + bucketsAt + bucket]!;
    counts.push(seen);
  }
  for (; bucket < bucketCount; bucket++) seen += block[offset + bucketsAt + bucket]!;
  counts.push(seen);
  return counts;
}

/** The value that stands for a bucket: its only whole number of µs, or else the middle. */
function middle(bucket: number): number {
  const shift = Math.max(0, (bucket >>> subBits) - 1);
  const lower = (bucket - (shift << subBits)) << shift;
  const width = 1 << shift;
  return width === 1 ? lower + 1 : lower + width / 2;
}
