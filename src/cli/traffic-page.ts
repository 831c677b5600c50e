import { harmless } from "./log-text.ts";
import type { PoolTraffic, ServerTraffic, Traffic } from "./traffic.ts";

/** By what the servers of a pool are sorted. */
export const sortings = ["rate", "errors", "p99", "flight", "ejections", "state", "name", "config"] as const;
export type Sorting = (typeof sortings)[number];

/** A line of text; how it looks is up to who prints it. */
export interface PageLine {
  readonly text: string;
  readonly look?: "title" | "head" | "bad" | "warn";
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

/** Title and width of each column behind the name of the server. */
const columns: readonly [title: string, width: number, text: (server: ServerTraffic) => string][] = [
  ["state", 11, ({ state }) => state],
  ["keys", 6, ({ key_share }) => percent(key_share)],
  ["req/s", 6, ({ requests_per_second }) => perSecond(requests_per_second)],
  ["err/s", 6, ({ errors_per_second }) => perSecond(errors_per_second)],
  ["flight", 6, ({ requests_in_flight }) => String(requests_in_flight)],
  ["p50", 6, ({ response_p50_us }) => micros(response_p50_us)],
  ["p99", 6, ({ response_p99_us }) => micros(response_p99_us)],
  ["ejec", 4, ({ ejections }) => String(ejections)],
];
const columnsWidth = columns.reduce((sum, [, width]) => sum + width + 1, 0);
const shortestName = 12;

/** What goes on, as lines of at most `width` characters. Names are harmless to a terminal, whatever they are. */
export function trafficPage(
  traffic: Traffic,
  { sort, width }: { readonly sort: Sorting; readonly width: number },
): PageLine[] {
  const longest = Math.max(
    ...traffic.pools.flatMap(({ servers }) => servers.map(({ server }) => server.length)),
  );
  const nameWidth = Math.max(shortestName, Math.min(longest, width - 2 - columnsWidth));
  const head = columns.map(([title, size], at) => (at === 0 ? title.padEnd(size) : title.padStart(size)));
  const titles: PageLine = { text: `  ${"server".padEnd(nameWidth)} ${head.join(" ")}`, look: "head" };
  return traffic.pools.flatMap((pool) => [
    { text: "" },
    { text: poolLine(pool), look: "title" as const },
    titles,
    ...pool.servers.toSorted(orders[sort]).map((server) => serverLine(server, nameWidth)),
  ]);
}

/** `podmate 0.1.0 is ready: the listeners are open` */
export function stateLine({ version, state, reason }: Traffic): string {
  return harmless(`podmate ${version} is ${state}${reason === "" ? "" : `: ${reason}`}`);
}

function poolLine(pool: PoolTraffic): string {
  const { protocol, distribution, requests_per_second, errors_per_second, hit_share } = pool;
  const name = harmless(pool.pool);
  const figures = [
    `${protocol} ${distribution}`,
    `${perSecond(requests_per_second)} req/s`,
    `${perSecond(errors_per_second)} err/s`,
    ...(hit_share === null ? [] : [`${percent(hit_share)} hits`]),
    `p50 ${micros(pool.request_p50_us)}`,
    `p99 ${micros(pool.request_p99_us)}`,
  ];
  return `${name}: ${figures.join(", ")}`;
}

function serverLine(server: ServerTraffic, nameWidth: number): PageLine {
  const cells = columns.map(([, width, text], at) =>
    at === 0 ? text(server).padEnd(width) : text(server).padStart(width),
  );
  const name = shortened(harmless(server.server), nameWidth).padEnd(nameWidth);
  const text = `  ${name} ${cells.join(" ")}`;
  if (server.state === "ready") return { text };
  const why = server.reason === "" ? "" : `  ${harmless(server.reason)}`;
  const isBad = server.state !== "draining" && server.state !== "connecting";
  return { text: `${text}${why}`, look: isBad ? "bad" : "warn" };
}

function shortened(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

function perSecond(value: number | null): string {
  if (value === null) return "-";
  if (value < 100) return value.toFixed(1);
  return value < 100_000 ? String(Math.round(value)) : `${(value / 1000).toFixed(0)}k`;
}

/** A duration given in µs, in three digits or so. */
function micros(value: number | null): string {
  if (value === null) return "-";
  if (value < 1000) return `${Math.round(value)}µs`;
  const ms = value / 1000;
  if (ms < 1000) return `${ms.toFixed(ms < 100 ? 1 : 0)}ms`;
  return `${(ms / 1000).toFixed(ms < 100_000 ? 1 : 0)}s`;
}

function percent(part: number | null): string {
  return part === null ? "-" : `${(100 * part).toFixed(1)}%`;
}
