/** Buckets per power of two; a recorded value is known to 1/64, that is to 1.6 %. */
const stepsPerOctave = 64;
const octaveBits = 6;
const largest = 2 ** 30 - 1;

/**
 * Log-linear histogram of whole numbers 0..2^30-1 (larger ones count as the largest). Exact below 128, then 64 steps
 * per power of two. The layout is that of HdrHistogram (Gil Tene), without its rescaling.
 */
export class Histogram {
  readonly #buckets = new Float64Array((31 - octaveBits + 1) * stepsPerOctave);
  #count = 0;
  #max = 0;

  /** Counts `value` as having been seen `times` times. */
  record(value: number, times = 1): void {
    const whole = value < 0 ? 0 : value > largest ? largest : Math.floor(value);
    this.#buckets[bucketOf(whole)]! += times;
    this.#count += times;
    if (whole > this.#max) this.#max = whole;
  }

  get count(): number {
    return this.#count;
  }

  get max(): number {
    return this.#max;
  }

  /** The value that `share` (0..1) of the recorded values do not exceed; the middle of its bucket; 0 if empty. */
  quantile(share: number): number {
    let left = Math.max(1, Math.ceil(share * this.#count));
    for (let bucket = 0; bucket < this.#buckets.length; bucket++) {
      left -= this.#buckets[bucket]!;
      if (left <= 0) return Math.min(middleOf(bucket), this.#max);
    }
    return this.#max;
  }

  clear(): void {
    this.#buckets.fill(0);
    this.#count = 0;
    this.#max = 0;
  }
}

function bucketOf(value: number): number {
  const shift = Math.max(0, 31 - Math.clz32(value) - octaveBits);
  return shift * stepsPerOctave + (value >>> shift);
}

function middleOf(bucket: number): number {
  if (bucket < 2 * stepsPerOctave) return bucket;
  const shift = (bucket >>> octaveBits) - 1;
  return ((bucket - shift * stepsPerOctave + 0.5) * 2 ** shift) | 0;
}
