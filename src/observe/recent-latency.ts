import { histogramLength } from "./histogram.ts";
import type { MetricInstance } from "./metric-instance.ts";

/** How old a mark becomes before another is set, in ms. */
export const markEvery = 5_000;

/** What had been recorded at two moments, the later of which is `at`. */
interface Marks {
  older: Float64Array;
  newer: Float64Array;
  at: number;
}

/**
 * What histograms that only ever grow have recorded in the last while. Nothing runs by itself: marks are set when
 * somebody looks, so the while is the last 5 to 10 s for who looks each second, else the time since somebody last did,
 * and all time at the first look. Costs 3 KB for each instance that has recorded something, once it is looked at.
 */
export class RecentLatency {
  readonly #now: () => number;
  /** Those that are gone take theirs with them. */
  readonly #marks = new WeakMap<MetricInstance, Marks>();

  /** `now`: monotonic time in ms. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The part of `all`, the histogram of everything that `instance` has recorded so far, that is recent. */
  of(instance: MetricInstance, all: Float64Array): Float64Array {
    const marks = this.#marksOf(instance, all);
    return all.map((value, slot) => value - marks.older[slot]!);
  }

  #marksOf(instance: MetricInstance, all: Float64Array): Marks {
    const now = this.#now();
    const known = this.#marks.get(instance);
    if (known === undefined) {
      const first = { older: new Float64Array(histogramLength), newer: all.slice(), at: now };
      this.#marks.set(instance, first);
      return first;
    }
    if (now - known.at >= markEvery) {
      known.older = known.newer;
      known.newer = all.slice();
      known.at = now;
    }
    return known;
  }
}
