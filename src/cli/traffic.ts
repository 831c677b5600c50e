import type { PoolView, ServerView } from "../admin/pool-view.ts";
import type { RingLayoutView } from "../admin/ring-view.ts";
import type { HistoryView } from "../admin/routes/history.ts";
import type { LifecycleView } from "../admin/routes/lifecycle.ts";
import type { OverviewView } from "../admin/routes/overview.ts";
import type { ErrorCounts } from "./error-kinds.ts";
import { serverStateText } from "./server-state-text.ts";

/** What a daemon has told at one time. */
export interface TrafficSample {
  /** Monotonic, in ms. */
  readonly at: number;
  readonly version: string;
  readonly lifecycle: Pick<LifecycleView, "state" | "reason">;
  readonly pools: readonly PoolView[];
  /** Rings by pool, as far as they are known. */
  readonly rings: ReadonlyMap<string, RingLayoutView>;
  /** null for a daemon from before there was one. */
  readonly overview: OverviewView | null;
}

/** What the last minute was like: requests per second of a pool, or of a server, the newest last. */
export interface Trends {
  of(pool: string, server?: string): readonly (number | null)[];
}

/** What goes on in a daemon; rates are null while there is nothing to compare with. */
export interface Traffic {
  readonly version: string;
  readonly state: string;
  readonly reason: string;
  /** How the daemon is, and why; this and the next are null where the daemon does not tell. */
  readonly verdict: OverviewView["verdict"] | null;
  readonly process: {
    readonly uptime_ms: number;
    /** CPUs at work in the last seconds: 1 is one of them all the time; null while that is not known. */
    readonly cpu: number | null;
    readonly resident_memory_bytes: number;
    readonly memory_limit_bytes: number | null;
    readonly config_version: number;
  } | null;
  readonly pools: readonly PoolTraffic[];
}

export interface PoolTraffic {
  readonly pool: string;
  readonly protocol: "memcache" | "http";
  readonly distribution: string;
  readonly requests_per_second: number | null;
  readonly errors_per_second: number | null;
  /** Those of them that podmate counts by kind, per second. */
  readonly errors_by_kind: Readonly<Record<string, number>>;
  readonly requests_in_flight: number;
  /** Part of the keys asked for that were found; null for HTTP, and where none was asked for. */
  readonly hit_share: number | null;
  /** This and the next: of the last seconds, as `/pools` says; null if nothing was measured then. */
  readonly request_p50_us: number | null;
  readonly request_p99_us: number | null;
  readonly servers: readonly ServerTraffic[];
}

export interface ServerTraffic {
  readonly server: string;
  readonly address: string;
  readonly state: ServerView["state"];
  readonly reason: string;
  /** Why it is not ready: for how long, when it is probed next, and the reason; empty where it is. */
  readonly why: string;
  /** Part of the keys that go to it, 0 to 1; null while that is not known. */
  readonly key_share: number | null;
  readonly requests_per_second: number | null;
  readonly errors_per_second: number | null;
  readonly requests_in_flight: number;
  /** As those of the pool. */
  readonly response_p50_us: number | null;
  readonly response_p99_us: number | null;
  readonly ejections: number;
}

/** What has happened between two samples, per second. */
export function trafficBetween(before: TrafficSample | null, now: TrafficSample): Traffic {
  const seconds = before === null ? 0 : (now.at - before.at) / 1000;
  const { version, lifecycle, pools, rings, overview } = now;
  const clock = overview?.now_unix_ms ?? Date.now();
  return {
    version,
    state: lifecycle.state,
    reason: lifecycle.reason,
    verdict: overview?.verdict ?? null,
    process: overview && {
      uptime_ms: overview.now_unix_ms - overview.started_unix_ms,
      cpu: overview.cpu,
      resident_memory_bytes: overview.resident_memory_bytes,
      memory_limit_bytes: overview.memory_limit_bytes,
      config_version: overview.config.version,
    },
    pools: pools.map((pool) => {
      const { servers } = pool;
      const past = before?.pools.find((other) => other.pool === pool.pool);
      const pastServers = new Map(past?.servers.map((server) => [server.server, server]));
      const ring = rings.get(pool.pool);
      const shares = new Map(ring?.servers.map(({ server, share }) => [server, share]));
      return {
        pool: pool.pool,
        protocol: pool.protocol,
        distribution: pool.distribution,
        ...rates(past, pool, seconds),
        errors_by_kind: ratesByKind(past?.errors, pool.errors, seconds),
        requests_in_flight: pool.requests_in_flight,
        hit_share: hitShare(past, pool),
        request_p50_us: pool.request_recent_p50_us,
        request_p99_us: pool.request_recent_p99_us,
        servers: servers.map((server) =>
          serverTraffic(server, pastServers.get(server.server), shares.get(server.server), seconds, clock),
        ),
      };
    }),
  };
}

function serverTraffic(
  server: ServerView,
  past: ServerView | undefined,
  share: number | undefined,
  seconds: number,
  now: number,
): ServerTraffic {
  return {
    server: server.server,
    address: server.address,
    state: server.state,
    reason: server.reason,
    why: whyNotReady(server, now),
    key_share: share ?? null,
    ...rates(past, server, seconds),
    requests_in_flight: server.requests_in_flight,
    response_p50_us: server.response_recent_p50_us,
    response_p99_us: server.response_recent_p99_us,
    ejections: server.ejections,
  };
}

type Counted = Pick<ServerView, "requests" | "requests_failed">;

function rates(before: Counted | undefined, now: Counted, seconds: number) {
  return {
    requests_per_second: rate(before?.requests, now.requests, seconds),
    errors_per_second: rate(before?.requests_failed, now.requests_failed, seconds),
  };
}

function ratesByKind(before: ErrorCounts | undefined, now: ErrorCounts, seconds: number): ErrorCounts {
  if (before === undefined) return {};
  const rates = Object.entries(now).map(
    ([kind, count]) => [kind, rate(before[kind] ?? 0, count, seconds) ?? 0] as const,
  );
  return Object.fromEntries(rates.filter(([, each]) => each > 0));
}

/** null where the counter has begun anew, too. */
function rate(before: number | undefined, now: number, seconds: number): number | null {
  return before === undefined || now < before || seconds <= 0 ? null : (now - before) / seconds;
}

/** The state itself has a column of its own. */
function whyNotReady(server: ServerView, now: number): string {
  const { state } = server;
  return state === "ready" ? "" : serverStateText(server, now).slice(state.length).replace(/^:? /, "");
}

/** Since the sample before; a counter that has begun again says nothing. */
function hitShare(before: PoolView | undefined, now: PoolView): number | null {
  const hits = (now.hits ?? 0) - (before?.hits ?? 0);
  const asked = hits + (now.misses ?? 0) - (before?.misses ?? 0);
  return before === undefined || asked <= 0 || hits < 0 ? null : hits / asked;
}

/** The last points, at most so many, of what `/history` tells of pools and servers. */
export function trendsOf(history: HistoryView, points: number): Trends {
  const known = new Map<string, readonly (number | null)[]>();
  for (const { pool, requests_per_second, servers } of history.pools) {
    known.set(JSON.stringify([pool]), requests_per_second.slice(-points));
    for (const { server, requests_per_second } of servers) {
      known.set(JSON.stringify([pool, server]), requests_per_second.slice(-points));
    }
  }
  return { of: (...names) => known.get(JSON.stringify(names)) ?? [] };
}
