import { matches, type RecentFilter, type RecentLine, type RecentLog } from "../observe/recent-log.ts";

/** Which of the lines that pass the filter, by their numbers. */
export interface PageRange {
  /** Only lines after this one, the first of them; without it, the last ones. */
  readonly after?: number | undefined;
  /** Only lines before this one. */
  readonly before?: number | undefined;
  /** Most lines. */
  readonly limit: number;
}

/** Some lines of the log, oldest first, and how to go on from them. */
export interface LogPage {
  readonly lines: readonly RecentLine[];
  /** What to give as `before` for the lines before these; null where none is kept. */
  readonly older: number | null;
  /** What to give as `after` for the lines after these. */
  readonly newer: number;
  /** Lines after `after` that are not kept any more, whether or not they would have passed the filter. */
  readonly dropped: number;
}

/** Chooses a page out of what is kept. */
export function logPage(recent: RecentLog, filter: RecentFilter, range: PageRange): LogPage {
  const { before = Number.POSITIVE_INFINITY, limit } = range;
  // Who asks after a line that has not been written yet has seen it in an earlier run, and nothing of this one.
  const after = range.after !== undefined && range.after > recent.last ? 0 : range.after;
  const all = [...recent.lines()];
  const found = all.filter((line) => matches(line, filter));
  const between = found.filter(({ sequence }) => sequence > (after ?? 0) && sequence < before);
  const lines =
    after === undefined
      ? between.slice(Math.max(0, between.length - limit))
      : between.slice(0, Math.max(0, limit));
  const first = lines[0]?.sequence ?? Math.min(before, (after ?? recent.last) + 1);
  // What is left out is worth a look again only if it passes the filter.
  const hasMore = after !== undefined && lines.at(-1) !== between.at(-1);
  return {
    lines,
    older: (found[0]?.sequence ?? first) < first ? first : null,
    newer: hasMore ? (lines.at(-1)?.sequence ?? after) : Math.min(before - 1, recent.last),
    dropped: after === undefined ? 0 : Math.max(0, (all[0]?.sequence ?? recent.last + 1) - after - 1),
  };
}
