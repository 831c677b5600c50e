/** Points that are kept and drawn: as many as the daemon has. */
export const points = 150;

/** What the last minutes were like: the points of `/history`, of which each answer brings those that are new. */
export class History {
  /** Number of the next point. */
  next = 0;
  /** Time from one point to the next, and the end of the last one, in ms. */
  interval = 2_000;
  end = 0;
  /** @type {Map<string, (number | null)[]>} */
  #series = new Map();

  /** Begins from nothing, for another daemon may answer. */
  forget() {
    this.next = 0;
    this.#series.clear();
  }

  /** @param {any} answer of `/history` */
  take(answer) {
    const { first, next, interval_ms, end_unix_ms, pools, ...own } = answer;
    if (first !== this.next) this.#series.clear();
    this.next = next;
    this.interval = interval_ms;
    this.end = end_unix_ms;
    /** @type {Set<string>} */
    const seen = new Set();
    this.#append(seen, "", own);
    for (const { pool, servers, ...columns } of pools) {
      this.#append(seen, pool, columns);
      for (const { server, ...rates } of servers) this.#append(seen, `${pool}/${server}`, rates);
    }
    for (const name of this.#series.keys()) if (!seen.has(name)) this.#series.delete(name);
  }

  /**
   * The points of a series, the newest last; as many as are kept, null for what is not known.
   * @param {string} of empty for the daemon, else `POOL` or `POOL/SERVER`
   * @param {string} column as `/history` calls it
   */
  values(of, column) {
    const known = this.#series.get(key(of, column)) ?? [];
    return [...Array(points - known.length).fill(null), ...known];
  }

  /**
   * @param {Set<string>} seen
   * @param {string} of
   * @param {Record<string, (number | null)[]>} columns
   */
  #append(seen, of, columns) {
    for (const [column, values] of Object.entries(columns)) {
      const name = key(of, column);
      seen.add(name);
      this.#series.set(name, [...(this.#series.get(name) ?? []), ...values].slice(-points));
    }
  }
}

/**
 * @param {string} of
 * @param {string} column
 */
function key(of, column) {
  return `${column} ${of}`;
}
