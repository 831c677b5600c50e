/** A key and how often it was asked for: at most `count` times, and at least `count - error`. */
export interface HotKey {
  /** The key's bytes as latin1, so that any bytes are kept; `Buffer.from(key, "latin1")` gives them back. */
  readonly key: string;
  readonly count: number;
  readonly error: number;
}

/** What a sketch, or several added up, know of the most requested keys. */
export interface HotKeyReport {
  /** Requests observed. */
  readonly total: number;
  /** No key that is not listed was asked for more often than this. */
  readonly untracked: number;
  /** Most requested first. */
  readonly keys: readonly HotKey[];
}

/**
 * Adds the reports of several workers up to the `top` keys of all. A key that a report does not list may have had up
 * to `untracked` requests there, which goes into its count and its error (Agarwal and others: "Mergeable Summaries",
 * 2012). The same key twice in one report is added up.
 */
export function mergeHotKeys(reports: readonly HotKeyReport[], top: number): HotKeyReport {
  const untracked = sum(reports.map((report) => report.untracked));
  const merged = new Map<string, { count: number; error: number }>();
  for (const report of reports) {
    const listed = new Set<string>();
    for (const { key, count, error } of report.keys) {
      const found = merged.get(key) ?? { count: untracked, error: untracked };
      // Listed here: what was assumed for this report gives way to what it says.
      const assumed = listed.has(key) ? 0 : report.untracked;
      merged.set(key, { count: found.count - assumed + count, error: found.error - assumed + error });
      listed.add(key);
    }
  }
  const keys = [...merged].map(([key, { count, error }]): HotKey => ({ key, count, error }));
  keys.sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
  return {
    total: sum(reports.map((report) => report.total)),
    untracked: Math.max(untracked, keys[top]?.count ?? 0),
    keys: keys.slice(0, top),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
