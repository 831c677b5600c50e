import type { ServerTraffic } from "./traffic.ts";
import { micros, percent, perSecond, sparkline } from "./traffic-text.ts";

/** What a column is told about a server. */
export interface ColumnFacts {
  readonly server: ServerTraffic;
  /** Requests per second of the last minute, the newest last. */
  readonly trend: readonly (number | null)[];
}

/** A column behind the name of the server. */
export interface Column {
  readonly title: string;
  readonly width: number;
  /** The higher, the longer it stays where there is little room. */
  readonly rank: number;
  readonly text: (facts: ColumnFacts) => string;
  readonly look?: (facts: ColumnFacts) => "bad" | "trend" | undefined;
}

/** Three points of the history a bar make a minute. */
const trendWidth = 10;

const columns: readonly Column[] = [
  { title: "state", width: 11, rank: 9, text: ({ server }) => server.state },
  { title: "keys", width: 6, rank: 4, text: ({ server }) => percent(server.key_share) },
  {
    title: "last minute",
    width: "last minute".length,
    rank: 0,
    text: ({ trend }) => sparkline(trend, trendWidth),
    look: () => "trend",
  },
  { title: "req/s", width: 6, rank: 8, text: ({ server }) => perSecond(server.requests_per_second) },
  {
    title: "err/s",
    width: 6,
    rank: 7,
    text: ({ server }) => perSecond(server.errors_per_second),
    look: ({ server }) => ((server.errors_per_second ?? 0) > 0 ? "bad" : undefined),
  },
  { title: "flight", width: 6, rank: 2, text: ({ server }) => String(server.requests_in_flight) },
  { title: "p50", width: 6, rank: 3, text: ({ server }) => micros(server.response_p50_us) },
  { title: "p99", width: 6, rank: 6, text: ({ server }) => micros(server.response_p99_us) },
  { title: "ejec", width: 4, rank: 5, text: ({ server }) => String(server.ejections) },
];

/** How many characters the name of a server has at least. */
export const shortestName = 12;
const indent = 2;

/** The columns for which there is room, the titles of those for which there is none, and the room for names. */
export interface Fitting {
  readonly columns: readonly Column[];
  readonly left_out: readonly string[];
  readonly nameWidth: number;
}

/** `longestName`: of the servers, in characters. `withTrend`: there are figures of the last minute. */
export function fitColumns(width: number, longestName: number, withTrend: boolean): Fitting {
  const wanted = columns.filter(({ rank }) => withTrend || rank > 0);
  const room = (taken: readonly Column[]): number =>
    width - indent - taken.reduce((sum, column) => sum + column.width + 1, 0);
  let taken = wanted;
  // The trend goes first: it has room to spare only where names are whole.
  const least = (): number =>
    taken.some(({ rank }) => rank === 0) ? Math.max(shortestName, longestName) : shortestName;
  while (taken.length > 1 && room(taken) < least()) {
    const lowest = Math.min(...taken.map(({ rank }) => rank));
    taken = taken.filter(({ rank }) => rank !== lowest);
  }
  return {
    columns: taken,
    left_out: wanted.filter((column) => column.rank > 0 && !taken.includes(column)).map(({ title }) => title),
    nameWidth: Math.max(shortestName, Math.min(longestName, room(taken))),
  };
}
