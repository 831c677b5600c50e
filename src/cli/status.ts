import type { DiscoveryView, PoolView, ServerView } from "../admin/pool-view.ts";
import type { LifecycleView } from "../admin/routes/lifecycle.ts";
import { AdminClient } from "./admin-client.ts";
import { allPools } from "./all-pools.ts";
import { comparedErrors, kindsText, sumOf } from "./error-kinds.ts";
import { plural } from "./plural.ts";
import { serverStateText } from "./server-state-text.ts";
import { sheddingText } from "./shedding-text.ts";
import { describeState } from "./turn.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

interface ReadyAnswer {
  readonly ready: boolean;
  readonly reasons: readonly string[];
}

interface Status {
  readonly version: string;
  readonly state: LifecycleView["state"];
  /** What led to the state, when that ends on its own, and whether a drain is done. */
  readonly reason: string;
  readonly deadline_unix_ms: number | null;
  readonly drained: boolean;
  readonly stopping: boolean;
  readonly ready: boolean;
  readonly reasons: readonly string[];
  /** What is refused for overload. */
  readonly overload: LifecycleView["overload"];
  readonly origin: string;
  readonly config_version: number;
  readonly last_reload: { readonly ok: boolean; readonly errors: readonly string[] } | null;
  readonly pools: readonly PoolView[];
}

/** `podmate status` */
export async function status(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  const found = await ask(new AdminClient(invocation, terminal));
  terminal.out(invocation.flags["json"] === true ? `${JSON.stringify(found, null, 2)}\n` : report(found));
  return exitCode.done;
}

async function ask(client: AdminClient): Promise<Status> {
  const { version } = await client.json<{ version: string }>("/version");
  const life = await client.json<LifecycleView>("/lifecycle");
  const { state, reason, deadline_unix_ms, drained, stopping, overload } = life;
  const { ready, reasons } = await client.json<ReadyAnswer>("/ready");
  const config = await client.json<{
    origin: string;
    version: number;
    last_reload: Status["last_reload"];
  }>("/config");
  const pools = await allPools(client);
  const { origin, version: config_version, last_reload } = config;
  const lifecycle = { state, reason, deadline_unix_ms, drained, stopping };
  return { version, ...lifecycle, ready, reasons, overload, origin, config_version, last_reload, pools };
}

function report(status: Status): string {
  // What is not ready says why, unless the state says it.
  const others = status.reasons.filter((reason) => reason !== `the daemon is ${status.state}`);
  const why = status.ready || others.length === 0 ? "" : `\nnot ready: ${others.join("; ")}`;
  const shed = status.overload.shedding === "none" ? "" : `\n${sheddingText(status.overload)}`;
  const reload =
    status.last_reload === null || status.last_reload.ok
      ? ""
      : `the last reload failed:\n${status.last_reload.errors.map((error) => `  ${error}\n`).join("")}`;
  return `podmate ${status.version} is ${describeState(status)}${why}${shed}
configuration version ${status.config_version} from ${status.origin}
${reload}${status.pools.map(poolReport).join("")}`;
}

function poolReport(pool: PoolView): string {
  const { protocol, distribution, requests, errors } = pool;
  const outcomes = protocol === "http" ? httpOutcomes(pool) : hitRate(pool);
  return `
pool ${pool.pool}: ${protocol}, ${distribution}, ${plural(requests, "request")}, ${plural(sumOf(errors), "error")}${outcomes}
${discoveryReport(pool.discovery)}${errorReport(pool)}${table(pool.servers)}`;
}

function discoveryReport(discovery: DiscoveryView | undefined): string {
  if (discovery === undefined) return "";
  const { source, target, servers, error } = discovery;
  const found = servers === null ? "nothing yet" : plural(servers, "server");
  return `  found by ${source} ${target}: ${found}${error === null ? "" : `; it fails now: ${error}`}\n`;
}

/** The errors by kind, and why those of the servers are others than those of the pool. */
function errorReport({ errors, servers }: PoolView): string {
  const { only, recovered } = comparedErrors(
    errors,
    servers.map((server) => server.errors),
  );
  const lines = [
    ["errors", errors],
    ["at none of these servers", only],
    ["at servers only, the request was sent again or nobody waited", recovered],
  ] as const;
  return lines
    .filter(([, counts]) => sumOf(counts) > 0)
    .map(([title, counts]) => `  ${title}: ${kindsText(counts)}\n`)
    .join("");
}

function hitRate({ hits = 0, misses = 0 }: PoolView): string {
  return hits + misses === 0 ? "" : `, ${((100 * hits) / (hits + misses)).toFixed(1)} % hits`;
}

/** `, 5 2xx, 1 5xx, 2 retries`: what never happened is not told. */
function httpOutcomes({ responses = {}, retries = 0 }: PoolView): string {
  const classes = Object.entries(responses).map(
    ([kind, count]) => `, ${count} ${kind === "none" ? "unanswered" : kind}`,
  );
  return `${classes.join("")}${retries === 0 ? "" : `, ${retries} ${retries === 1 ? "retry" : "retries"}`}`;
}

function table(servers: readonly ServerView[]): string {
  const head = ["server", "state", "requests", "errors", "in flight", "p50", "p99", "kinds of error"];
  const rows = servers.map((server) => [
    server.server,
    serverStateText(server, Date.now()),
    String(server.requests),
    String(sumOf(server.errors)),
    String(server.requests_in_flight),
    micros(server.response_p50_us),
    micros(server.response_p99_us),
    kindsText(server.errors),
  ]);
  const last = head.length - 1;
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]!.length)));
  const padded = (cell: string, at: number): string =>
    at < 2 || at === last ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!);
  // The column of the kinds is there only where there is one.
  const shown = rows.some((row) => row[last] !== "") ? head.length : last;
  const line = (cells: readonly string[]): string =>
    `  ${cells.slice(0, shown).map(padded).join("  ").trimEnd()}\n`;
  return [head, ...rows].map(line).join("");
}

function micros(value: number | null): string {
  if (value === null) return "-";
  return value < 1000 ? `${value} µs` : `${(value / 1000).toFixed(1)} ms`;
}
