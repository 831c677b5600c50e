import { harmless } from "./log-text.ts";
import type { PoolTraffic, ServerTraffic, Traffic, Trends } from "./traffic.ts";
import { type Fitting, fitColumns } from "./traffic-columns.ts";
import { duration, megabytes, micros, percent, perSecond, sparkline } from "./traffic-text.ts";

/** By what the servers of a pool are sorted. */
export const sortings = ["rate", "errors", "p99", "flight", "ejections", "state", "name", "config"] as const;
export type Sorting = (typeof sortings)[number];

export type Look = "title" | "head" | "good" | "bad" | "warn" | "trend" | "faint";

/** A line of text; how it looks is up to who prints it. */
export interface PageLine {
  readonly text: string;
  readonly look?: Look;
  /** Parts that look otherwise, in order: from the character `at` on. */
  readonly marks?: readonly { readonly at: number; readonly length: number; readonly look: Look }[];
}

export interface PageOptions {
  readonly sort: Sorting;
  /** In characters. */
  readonly width: number;
  /** Words that a pool or server must have in its name, address or state; empty: all are shown. */
  readonly filter?: string;
  /** What the last minute was like; absent: it is not shown. */
  readonly trends?: Trends;
}

const byNumber = (of: (server: ServerTraffic) => number | null) => (a: ServerTraffic, b: ServerTraffic) =>
  (of(b) ?? -1) - (of(a) ?? -1);

/** States, the worst last. */
const badness: readonly ServerTraffic["state"][] = [
  "ready",
  "draining",
  "connecting",
  "failing",
  "unreachable",
  "ejected",
];

/** The most first; of states, the worst. */
const orders: Readonly<Record<Sorting, (a: ServerTraffic, b: ServerTraffic) => number>> = {
  rate: byNumber((server) => server.requests_per_second),
  errors: byNumber((server) => server.errors_per_second),
  p99: byNumber((server) => server.response_p99_us),
  flight: byNumber((server) => server.requests_in_flight),
  ejections: byNumber((server) => server.ejections),
  state: byNumber(({ state }) => badness.indexOf(state)),
  name: (a, b) => (a.server < b.server ? -1 : a.server > b.server ? 1 : 0),
  config: () => 0,
};

/** Two points of the history a bar make a minute. */
const trendWidth = 15;

/** What goes on, as lines of at most `width` characters. Names are harmless to a terminal, whatever they are. */
export function trafficPage(traffic: Traffic, options: PageOptions): PageLine[] {
  const { sort, filter = "" } = options;
  const fitting = fittingOf(traffic, options);
  const head = fitting.columns.map(({ title, width }, at) =>
    at === 0 ? title.padEnd(width) : title.padStart(width),
  );
  const titles: PageLine = {
    text: `  ${"server".padEnd(fitting.nameWidth)} ${head.join(" ")}`,
    look: "head",
  };
  return traffic.pools.flatMap((pool) => {
    const shown = pool.servers.filter((server) => takes(filter, pool, server));
    if (shown.length === 0 && filter !== "") return [];
    return [
      { text: "" },
      poolLine(pool, options),
      titles,
      ...shown.toSorted(orders[sort]).flatMap((server) => serverLines(pool.pool, server, fitting, options)),
    ];
  });
}

/** Titles of the columns for which there is no room. */
export function columnsLeftOut(traffic: Traffic, options: PageOptions): readonly string[] {
  return fittingOf(traffic, options).left_out;
}

/** `podmate 0.1.0 is ready, up 3h 12m, CPU 12 %, memory 81 MB, configuration 3` */
export function stateLine({ version, state, reason, process }: Traffic): string {
  const why = reason === "" || state === "ready" ? "" : `: ${reason}`;
  return harmless([`podmate ${version} is ${state}${why}`, ...processFacts(process)].join(", "));
}

/** The verdict and its reasons, the gravest first; nothing where all is well. */
export function verdictLines({ verdict }: Traffic, most: number): PageLine[] {
  if (verdict === null || verdict.level === "ok") return [];
  const shown = verdict.reasons.slice(0, most);
  const more = verdict.reasons.length - shown.length;
  return [
    ...shown.map(
      ({ level, text }): PageLine => ({
        text: harmless(`${level === "failing" ? "FAILING" : "degraded"}: ${text}`),
        look: level === "failing" ? "bad" : "warn",
      }),
    ),
    ...(more > 0 ? [{ text: `and ${more} more`, look: "warn" as const }] : []),
  ];
}

function processFacts(process: Traffic["process"]): string[] {
  if (process === null) return [];
  const { uptime_ms, cpu, resident_memory_bytes, memory_limit_bytes, config_version } = process;
  const limit = memory_limit_bytes === null ? "" : ` of ${megabytes(memory_limit_bytes)}`;
  return [
    `up ${duration(uptime_ms)}`,
    ...(cpu === null ? [] : [`CPU ${Math.round(100 * cpu)} %`]),
    `memory ${megabytes(resident_memory_bytes)}${limit}`,
    `configuration ${config_version}`,
  ];
}

function fittingOf(traffic: Traffic, { width, trends }: PageOptions): Fitting {
  const lengths = traffic.pools.flatMap(({ servers }) => servers.map(({ server }) => server.length));
  return fitColumns(width, Math.max(...lengths), trends !== undefined);
}

function takes(filter: string, { pool }: PoolTraffic, { server, address, state }: ServerTraffic): boolean {
  const text = `${pool} ${server} ${address} ${state}`.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function poolLine(pool: PoolTraffic, { trends }: PageOptions): PageLine {
  const { protocol, distribution, requests_per_second, errors_per_second, hit_share } = pool;
  const figures = [
    `${harmless(pool.pool)}: ${protocol} ${distribution}`,
    `${perSecond(requests_per_second)} req/s`,
    `${perSecond(errors_per_second)} err/s${kindsOf(pool)}`,
    ...(hit_share === null ? [] : [`${percent(hit_share)} hits`]),
    `p50 ${micros(pool.request_p50_us)}`,
    `p99 ${micros(pool.request_p99_us)}`,
  ];
  const text = figures.join(", ");
  const trend = trends === undefined ? "" : sparkline(trends.of(pool.pool), trendWidth);
  if (trend.trim() === "") return { text, look: "title" };
  return {
    text: `${text}  ${trend}`,
    look: "title",
    marks: [
      ...(errors_per_second !== null && errors_per_second > 0 ? [markOf(figures, 2)] : []),
      { at: text.length + 2, length: trendWidth, look: "trend" as const },
    ],
  };
}

/** ` (no_server, busy)`: what the errors are, the most frequent first; their counts are in `podmate status`. */
function kindsOf({ errors_by_kind }: PoolTraffic): string {
  const kinds = Object.entries(errors_by_kind).sort(([, a], [, b]) => b - a);
  return kinds.length === 0 ? "" : ` (${kinds.map(([kind]) => kind).join(" ")})`;
}

/** Where the figure at this place of the list stands, as what is bad. */
function markOf(figures: readonly string[], place: number) {
  const at = figures.slice(0, place).reduce((sum, figure) => sum + figure.length + 2, 0);
  return { at, length: figures[place]!.length, look: "bad" as const };
}

function serverLines(
  pool: string,
  server: ServerTraffic,
  fitting: Fitting,
  { width, trends }: PageOptions,
): PageLine[] {
  const { columns, nameWidth } = fitting;
  const facts = { server, trend: trends?.of(pool, server.server) ?? [] };
  const marks: NonNullable<PageLine["marks"]>[number][] = [];
  let text = `  ${shortened(harmless(server.server), nameWidth).padEnd(nameWidth)}`;
  columns.forEach((column, at) => {
    const cell =
      at === 0 ? column.text(facts).padEnd(column.width) : column.text(facts).padStart(column.width);
    const look = at === 0 ? lookOf(server.state) : column.look?.(facts);
    if (look !== undefined) marks.push({ at: text.length + 1, length: cell.length, look });
    text += ` ${cell}`;
  });
  const line: PageLine = { text: text.trimEnd(), marks };
  if (server.state === "ready" || server.why === "") return [line];
  const why = harmless(server.why);
  const look = lookOf(server.state) ?? "faint";
  // Where it does not fit behind the figures, it has a line of its own.
  if (text.length + 2 + why.length <= width) {
    const mark = { at: text.length + 2, length: why.length, look };
    return [{ text: `${text}  ${why}`, marks: [...marks, mark] }];
  }
  return [line, { text: `    ${why}`, look }];
}

function lookOf(state: ServerTraffic["state"]): Look | undefined {
  if (state === "ready") return "good";
  return state === "draining" || state === "connecting" ? "warn" : "bad";
}

function shortened(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
