import { histogramCount, histogramSum } from "../../observe/histogram.ts";
import { askEvery } from "../../observe/loop-delay.ts";

/** A thread that counts how late its event loop is: the histogram at `offset` of its block. */
export interface LoopBlock {
  readonly block: Float64Array;
  readonly offset: number;
}

interface Seen {
  readonly count: number;
  readonly sum: number;
  /** When it was last seen to count, in ms. */
  readonly at: number;
  /** Delay at that look, in ms. */
  readonly delay: number;
}

/**
 * How late the event loops are for longer than a moment: of each thread the smaller mean of the last two looks, of all
 * threads the largest. One pause, be it a garbage collection or a machine that was frozen, is no overload. A thread that
 * counts nothing any more is as late as it has been silent.
 */
export class EventLoopLag {
  #seen = new Map<Float64Array, Seen>();

  /**
   * In ms. The first look at a thread says nothing of it.
   * @param now monotonic time in ms
   */
  look(threads: readonly LoopBlock[], now: number): number {
    const seen = new Map<Float64Array, Seen>();
    let worst = 0;
    for (const { block, offset } of threads) {
      const before = this.#seen.get(block);
      const after = observe(before, histogramCount(block, offset), histogramSum(block, offset), now);
      seen.set(block, after);
      if (before !== undefined) worst = Math.max(worst, Math.min(before.delay, after.delay));
    }
    // Threads that are gone are forgotten with this.
    this.#seen = seen;
    return worst;
  }
}

function observe(before: Seen | undefined, count: number, sum: number, now: number): Seen {
  if (before === undefined) return { count, sum, at: now, delay: 0 };
  const samples = count - before.count;
  if (samples > 0) return { count, sum, at: now, delay: (sum - before.sum) / samples / 1000 };
  return { ...before, delay: Math.max(0, now - before.at - askEvery) };
}
