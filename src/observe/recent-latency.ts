import { histogramCount, histogramLength } from "./histogram.ts";
import type { MetricInstance } from "./metric-instance.ts";

/** How old a mark becomes before another is set, in ms. */
export const markEvery = 5_000;

/** What had been recorded at two moments, the later of which is `at`. */
interface Marks {
  older: Float64Array;
  newer: Float64Array;
  at: number;
}

/** Nothing was recorded; shared, and never written to. */
const nothing = new Float64Array(histogramLength);

/**
 * What histograms that only ever grow have recorded in the last while: the last 5 to 10 s for what is looked at at least
 * every 5 s, as the traffic history does; else since somebody last looked, and nothing at the first look. Costs 3 KB for
 * each instance that has recorded something.
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
    const { older } = this.#marksOf(instance, all);
    return all.map((value, slot) => value - older[slot]!);
  }

  /** Looks, so that later looks are about the last while. */
  mark(instance: MetricInstance, all: Float64Array): void {
    this.#marksOf(instance, all);
  }

  /** Whether the next look will set a mark: the histogram of others need not be gathered for that. */
  isDue(instance: MetricInstance): boolean {
    const known = this.#marks.get(instance);
    return known === undefined || this.#now() - known.at >= markEvery;
  }

  #marksOf(instance: MetricInstance, all: Float64Array): Marks {
    const now = this.#now();
    const known = this.#marks.get(instance);
    if (known === undefined) {
      const mark = markOf(all);
      const first = { older: mark, newer: mark, at: now };
      this.#marks.set(instance, first);
      return first;
    }
    if (now - known.at >= markEvery) {
      known.older = known.newer;
      known.newer = markOf(all);
      known.at = now;
    }
    return known;
  }
}

function markOf(all: Float64Array): Float64Array {
  return histogramCount(all, 0) === 0 ? nothing : all.slice();
}
