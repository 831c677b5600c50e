/** Values of the last ticks, the oldest overwritten by the newest. NaN stands for what is not known. */
export class HistoryColumn {
  readonly #values: Float32Array;

  /** `points`: ticks that are kept. */
  constructor(points: number) {
    this.#values = new Float32Array(points).fill(Number.NaN);
  }

  set(tick: number, value: number): void {
    this.#values[tick % this.#values.length] = value;
  }

  /** The values of the ticks [from, to), of which the last `points` are kept; null for what is not known. */
  slice(from: number, to: number): (number | null)[] {
    const slice: (number | null)[] = [];
    for (let tick = from; tick < to; tick++) {
      const value = this.#values[tick % this.#values.length]!;
      slice.push(Number.isNaN(value) ? null : Number(value.toPrecision(5)));
    }
    return slice;
  }

  /** The sum of the ticks [from, to), without what is not known. */
  sum(from: number, to: number): number {
    let sum = 0;
    for (let tick = from; tick < to; tick++) {
      const value = this.#values[tick % this.#values.length]!;
      if (!Number.isNaN(value)) sum += value;
    }
    return sum;
  }
}
