import { POOL } from "../../../observe/metric-layout.ts";

/** What a near cache may hold: bytes in all, ms per entry, bytes per value. */
export interface NearCacheOptions {
  readonly size: number;
  readonly ttl: number;
  readonly max_value: number;
}

/** What an entry costs besides the bytes of key and block, about; counted, so that many small ones are bounded too. */
export const entryOverhead = 96;

interface Entry {
  readonly block: string;
  /** Served before this time, in ms. */
  readonly expires: number;
  /** Asked for since it was last passed over. */
  visited: boolean;
}

/**
 * Values that this thread has read lately. Bounded by bytes; who goes is found by second chance: the oldest entry,
 * unless it was asked for since it last came up, then the next (CLOCK, Corbató: "A Paging Experiment with the Multics
 * System", 1968). A hit only sets a mark, and one pass of keys that are asked for once pushes out nothing that is in use.
 */
export class NearCache {
  readonly options: NearCacheOptions;
  readonly #block: Float64Array;
  /** In the order in which they came, or were passed over. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  /** `block`: counters of the pool. */
  constructor(options: NearCacheOptions, block: Float64Array) {
    this.options = options;
    this.#block = block;
  }

  /** The VALUE block of a key as the server gave it, or undefined. `now` in ms. */
  get(key: string, now: number): string | undefined {
    const entry = this.#entries.get(key);
    if (entry !== undefined && now < entry.expires) {
      entry.visited = true;
      this.#block[POOL.nearCacheHits]! += 1;
      return entry.block;
    }
    if (entry !== undefined) this.delete(key);
    this.#block[POOL.nearCacheMisses]! += 1;
    return undefined;
  }

  /** Keeps the block of a key whose value has `valueLength` bytes, if it is small enough. */
  put(key: string, block: string, valueLength: number, now: number): void {
    const { size, ttl, max_value } = this.options;
    this.delete(key);
    const cost = costOf(key, block);
    if (valueLength > max_value || cost > size) return;
    this.#bytes += cost;
    while (this.#bytes > size) this.#evict();
    this.#entries.set(key, { block, expires: now + ttl, visited: false });
    this.#tell();
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= costOf(key, entry.block);
    this.#tell();
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
    this.#tell();
  }

  /** Drops the oldest entry that was not asked for, giving those before it a second chance. */
  #evict(): void {
    for (const [key, entry] of this.#entries) {
      this.#entries.delete(key);
      if (entry.visited) {
        entry.visited = false;
        this.#entries.set(key, entry);
        continue;
      }
      this.#bytes -= costOf(key, entry.block);
      this.#block[POOL.nearCacheEvictions]! += 1;
      return;
    }
  }

  #tell(): void {
    this.#block[POOL.nearCacheEntries] = this.#entries.size;
    this.#block[POOL.nearCacheBytes] = this.#bytes;
  }
}

function costOf(key: string, block: string): number {
  return key.length + block.length + entryOverhead;
}
