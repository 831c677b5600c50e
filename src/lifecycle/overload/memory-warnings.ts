import { releaseShare } from "./shedding.ts";

/** Tells when memory comes to a threshold: once, until it has been well below it. */
export class MemoryWarnings {
  /** Thresholds that were told of. */
  readonly #told = new Set<number>();

  /**
   * The highest threshold that `percent` has come to since it was last below 90 % of it; null if there is none.
   * @param percent share of the limit that is in use; null where there is no limit
   */
  on(percent: number | null, thresholds: readonly number[]): number | null {
    const share = percent ?? 0;
    for (const threshold of this.#told) {
      if (share < releaseShare * threshold || !thresholds.includes(threshold)) this.#told.delete(threshold);
    }
    const reached = thresholds.filter((threshold) => share >= threshold && !this.#told.has(threshold));
    if (reached.length === 0) return null;
    for (const threshold of reached) this.#told.add(threshold);
    return Math.max(...reached);
  }
}
