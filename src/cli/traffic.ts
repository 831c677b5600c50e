import type { PoolView, ServerView } from "../admin/pool-view.ts";
import type { RingLayoutView } from "../admin/ring-view.ts";
import type { LifecycleView } from "../admin/routes/lifecycle.ts";

/** What a daemon has told at one time. */
export interface TrafficSample {
  /** Monotonic, in ms. */
  readonly at: number;
  readonly version: string;
  readonly lifecycle: Pick<LifecycleView, "state" | "reason">;
  readonly pools: readonly PoolView[];
  /** Rings by pool, as far as they are known. */
  readonly rings: ReadonlyMap<string, RingLayoutView>;
}

/** What goes on in a daemon; rates are null while there is nothing to compare with. */
export interface Traffic {
  readonly version: string;
  readonly state: string;
  readonly reason: string;
  readonly pools: readonly PoolTraffic[];
}

export interface PoolTraffic {
  readonly pool: string;
  readonly protocol: "memcache" | "http";
  readonly distribution: string;
  readonly requests_per_second: number | null;
  readonly errors_per_second: number | null;
  readonly requests_in_flight: number;
  /** Part of the keys asked for that were found since the start; null for HTTP, and before the first. */
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
  const { version, lifecycle, pools, rings } = now;
  return {
    version,
    state: lifecycle.state,
    reason: lifecycle.reason,
    pools: pools.map((pool) => {
      const { servers, hits = 0, misses = 0 } = pool;
      const past = before?.pools.find((other) => other.pool === pool.pool);
      const pastServers = new Map(past?.servers.map((server) => [server.server, server]));
      const ring = rings.get(pool.pool);
      const shares = new Map(ring?.servers.map(({ server, share }) => [server, share]));
      return {
        pool: pool.pool,
        protocol: pool.protocol,
        distribution: pool.distribution,
        ...rates(past, pool, seconds),
        requests_in_flight: pool.requests_in_flight,
        hit_share: hits + misses === 0 ? null : hits / (hits + misses),
        request_p50_us: pool.request_recent_p50_us,
        request_p99_us: pool.request_recent_p99_us,
        servers: servers.map((server) =>
          serverTraffic(server, pastServers.get(server.server), shares.get(server.server), seconds),
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
): ServerTraffic {
  return {
    server: server.server,
    address: server.address,
    state: server.state,
    reason: server.reason,
    key_share: share ?? null,
    ...rates(past, server, seconds),
    requests_in_flight: server.requests_in_flight,
    response_p50_us: server.response_recent_p50_us,
    response_p99_us: server.response_recent_p99_us,
    ejections: server.ejections,
  };
}

type Counted = Pick<ServerView, "requests" | "errors">;

function rates(before: Counted | undefined, now: Counted, seconds: number) {
  return {
    requests_per_second: rate(before?.requests, now.requests, seconds),
    errors_per_second: rate(before && sum(before.errors), sum(now.errors), seconds),
  };
}

/** null where the counter has begun anew, too. */
function rate(before: number | undefined, now: number, seconds: number): number | null {
  return before === undefined || now < before || seconds <= 0 ? null : (now - before) / seconds;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
