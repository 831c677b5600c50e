/** What a node counts, by the names that memcached's `stats` gives to it. */
const COUNTERS = [
  "curr_connections",
  "total_connections",
  "cmd_get",
  "cmd_set",
  "cmd_flush",
  "cmd_touch",
  "cmd_meta",
  "get_hits",
  "get_misses",
  "delete_hits",
  "delete_misses",
  "incr_hits",
  "incr_misses",
  "decr_hits",
  "decr_misses",
  "touch_hits",
  "touch_misses",
  "cas_hits",
  "cas_badval",
  "cas_misses",
  "bytes_read",
  "bytes_written",
  "total_items",
] as const;

export type Counter = (typeof COUNTERS)[number];
type PrefixEvent = "get" | "hit" | "set" | "del";

/** Prefixes counted at once by `stats detail`; more are not counted, so that clients cannot grow the table. */
const MAX_PREFIXES = 10_000;

/** The counters of one node, and the counts per key prefix (up to the first `:`) while `stats detail` is on. */
export class MemcacheStats {
  readonly #counts = new Map<Counter, number>();
  readonly #prefixes = new Map<string, Record<PrefixEvent, number>>();
  detail = false;

  constructor() {
    for (const name of COUNTERS) this.#counts.set(name, 0);
  }

  add(name: Counter, amount = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + amount);
  }

  get(name: Counter): number {
    return this.#counts.get(name) ?? 0;
  }

  /** Sets all to 0, but for the connections that are open now. */
  reset(): void {
    for (const name of COUNTERS) if (name !== "curr_connections") this.#counts.set(name, 0);
    this.#prefixes.clear();
  }

  /** Counts for the prefix of a key, if `stats detail` is on and the key has one. */
  addPrefix(key: string, ...events: PrefixEvent[]): void {
    if (!this.detail) return;
    const end = key.indexOf(":");
    if (end < 0) return;
    const prefix = key.slice(0, end);
    const known = this.#prefixes.get(prefix);
    if (known === undefined && this.#prefixes.size >= MAX_PREFIXES) return;
    const counts = known ?? { get: 0, hit: 0, set: 0, del: 0 };
    for (const event of events) counts[event]++;
    this.#prefixes.set(prefix, counts);
  }

  /** Each counter with its value, in the order of the table. */
  entries(): [string, string][] {
    return [...this.#counts].map(([name, count]) => [name, String(count)]);
  }

  /** The lines of `stats detail dump`, without `END`. */
  prefixLines(): string {
    return [...this.#prefixes]
      .map(([prefix, c]) => `PREFIX ${prefix} get ${c.get} hit ${c.hit} set ${c.set} del ${c.del}\r\n`)
      .join("");
  }
}
