import { MetricInstance, type Writer } from "./metric-instance.ts";
import { layouts } from "./metric-layout.ts";
import { type Entity, entities } from "./metric-table.ts";

/** Memory of a block, zeroed. It can be sent to another thread, which then writes to it alone. */
export function allocateBlock(entity: Entity): SharedArrayBuffer {
  return new SharedArrayBuffer(layouts[entity].length * Float64Array.BYTES_PER_ELEMENT);
}

/**
 * Instances of each entity that are remembered after they have gone: servers come back, and their counters should not
 * go back. A server's blocks take 42 kB per worker.
 */
export const mostGone = 64;

/**
 * The main thread's book of all blocks. A block is made by its writer or here; either way this side only adds up.
 *
 *     worker: const memory = allocateBlock("pool"); new Float64Array(memory); postMessage(memory)
 *     main:   registry.adopt("pool", metricKey("sessions"), workerIndex, memory)
 */
export class MetricRegistry {
  readonly #instances = new Map(entities.map((entity) => [entity, new Map<string, MetricInstance>()]));
  /** Those that have gone, the first to go first. */
  readonly #gone = new Map(entities.map((entity) => [entity, new Map<string, MetricInstance>()]));

  /**
   * Counts the block of a writer in; one that is sent again counts once. A block of another length is of another build and is
   * refused by a throw.
   */
  adopt(entity: Entity, key: string, writer: Writer, memory: SharedArrayBuffer): void {
    const block = new Float64Array(memory);
    if (block.length !== layouts[entity].length) {
      throw new Error(`a ${entity} block has ${layouts[entity].length} slots, not ${block.length}`);
    }
    this.#open(entity, key).adopt(writer, block);
  }

  /** The block that `writer` counts in, made if there is none yet; by default the main thread's own. */
  block(entity: Entity, key: string, writer: Writer = "main"): Float64Array {
    const instance = this.#open(entity, key);
    const known = instance.block(writer);
    if (known !== undefined) return known;
    const block = new Float64Array(allocateBlock(entity));
    instance.adopt(writer, block);
    return block;
  }

  /** The writer is gone: what it counted stays, its gauges go. */
  retire(writer: Writer): void {
    for (const instances of [...this.#instances.values(), ...this.#gone.values()]) {
      for (const instance of instances.values()) instance.retire(writer);
    }
  }

  /**
   * Exposes the instances of `entity` no longer whose key is not among `keys`: a reload has removed them. One that comes
   * back goes on where it was, unless `mostGone` others have gone since; then it begins at 0, as Prometheus expects of a
   * new series.
   * @returns the keys of those that are forgotten; who writes their blocks can forget them, too
   */
  retain(entity: Entity, keys: Iterable<string>): string[] {
    const kept = new Set(keys);
    const instances = this.#instances.get(entity)!;
    const gone = this.#gone.get(entity)!;
    for (const [key, instance] of instances) {
      if (kept.has(key)) continue;
      instances.delete(key);
      gone.set(key, instance);
    }
    const forgotten = [...gone.keys()].slice(0, Math.max(0, gone.size - mostGone));
    for (const key of forgotten) gone.delete(key);
    return forgotten;
  }

  find(entity: Entity, key: string): MetricInstance | undefined {
    return this.#instances.get(entity)!.get(key);
  }

  /** All instances of an entity with their keys, in the order in which they came. */
  keyed(entity: Entity): Iterable<readonly [key: string, instance: MetricInstance]> {
    return this.#instances.get(entity)!;
  }

  /** All instances of an entity by their keys, in the order of the keys. */
  instances(entity: Entity): MetricInstance[] {
    const instances = [...this.#instances.get(entity)!];
    return instances.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, instance]) => instance);
  }

  #open(entity: Entity, key: string): MetricInstance {
    const known = this.find(entity, key);
    if (known !== undefined) return known;
    const gone = this.#gone.get(entity)!;
    const instance = gone.get(key) ?? new MetricInstance(entity, key);
    gone.delete(key);
    this.#instances.get(entity)!.set(key, instance);
    return instance;
  }
}
