import { addHistogram, histogramCount, histogramLength } from "./histogram.ts";
import { keyLabels } from "./metric-key.ts";
import { layouts } from "./metric-layout.ts";
import type { Entity } from "./metric-table.ts";

/** Who writes a block: a worker thread by its number, or the main thread. */
export type Writer = number | "main";

/**
 * One listener, pool, server…, as the sum of the blocks of all its writers. Reading takes no lock: every slot has
 * a single writer and is 8 aligned bytes, so a reader sees it before or after an addition and never in between.
 */
export class MetricInstance {
  readonly entity: Entity;
  readonly labels: Readonly<Record<string, string>>;
  readonly #blocks = new Map<Writer, Float64Array>();
  /** What writers that are gone have counted, so that no counter goes back. */
  #retired: Float64Array | null = null;

  constructor(entity: Entity, key: string) {
    this.entity = entity;
    this.labels = keyLabels(entity, key);
  }

  /** The block of one writer, if it has any. */
  block(writer: Writer): Float64Array | undefined {
    return this.#blocks.get(writer);
  }

  /**
   * Counts `block` in. A writer has one block for as long as it lives: it may send it again, which is a new view of
   * the same memory, but gets another one only after `retire`.
   */
  adopt(writer: Writer, block: Float64Array): void {
    this.#blocks.set(writer, block);
  }

  /** Keeps the counters and histograms of a writer that is gone, and drops its gauges. */
  retire(writer: Writer): void {
    const block = this.#blocks.get(writer);
    if (block === undefined) return;
    this.#blocks.delete(writer);
    this.#retired ??= new Float64Array(layouts[this.entity].length);
    for (let i = 0; i < block.length; i++) this.#retired[i]! += block[i]!;
    for (const { offset, metric, values } of layouts[this.entity].slots) {
      if (metric.kind === "gauge") this.#retired.fill(0, offset, offset + values.length);
    }
  }

  /** Sum over all writers of `width` slots from `offset`: `value(POOL.requests, commands.length)`. */
  value(offset: number, width = 1): number {
    let sum = 0;
    for (const block of this.#all()) {
      for (let i = offset; i < offset + width; i++) sum += block[i]!;
    }
    return sum;
  }

  /**
   * The histogram at `offset`, added up over all writers into `into` (`histogramLength` slots, overwritten).
   * False, with `into` left as it was, if nothing has been recorded: the common case, and it reads one slot.
   */
  histogram(offset: number, into: Float64Array): boolean {
    let found = false;
    for (const block of this.#all()) {
      if (histogramCount(block, offset) === 0) continue;
      if (!found) into.fill(0, 0, histogramLength);
      found = true;
      addHistogram(into, 0, block, offset);
    }
    return found;
  }

  *#all(): Generator<Float64Array> {
    yield* this.#blocks.values();
    if (this.#retired !== null) yield this.#retired;
  }
}
