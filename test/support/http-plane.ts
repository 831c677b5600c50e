import type { Address } from "../../src/core/address.ts";
import { type Clock, systemClock } from "../../src/core/clock.ts";
import { histogramCount } from "../../src/observe/histogram.ts";
import {
  type HttpClientError,
  type HttpUpstreamError,
  httpClientError,
  httpUpstreamError,
} from "../../src/observe/http-metric-labels.ts";
import { HTTP_LISTENER, HTTP_POOL, HTTP_SERVER } from "../../src/observe/metric-layout.ts";
import type {
  ForwardedOptions,
  HttpListenerOptions,
  HttpRoute,
} from "../../src/proxy/http/http-listener-options.ts";
import type { Snapshot } from "../../src/proxy/listener-options.ts";
import type { HttpPoolOptions, RetryOptions } from "../../src/upstream/http/http-pool-options.ts";
import type { PoolOptions } from "../../src/upstream/pool-options.ts";
import { FakeClock } from "./fake-clock.ts";
import { HttpFramer } from "./http-framer.ts";
import { get } from "./http-messages.ts";
import { expectNothingBuffered } from "./nothing-buffered.ts";
import { namedServers, Plane } from "./plane.ts";
import { poolOptions } from "./pools.ts";
import { ScriptedServer } from "./scripted-server.ts";
import type { Teardown } from "./teardown.ts";
import { WireClient } from "./wire-client.ts";

/** What differs from a listener `web` whose one route takes all to a pool `pool`, with everything optional off. */
export interface HttpPlaneOptions {
  readonly pool?: Partial<PoolOptions>;
  readonly http?: Partial<Omit<HttpPoolOptions, "retry">>;
  readonly retry?: Partial<RetryOptions>;
  readonly listener?: Partial<Omit<HttpListenerOptions, "limits" | "forwarded">>;
  readonly limits?: Partial<HttpListenerOptions["limits"]>;
  readonly forwarded?: Partial<ForwardedOptions>;
  /** What differs from the one route. */
  readonly route?: Partial<HttpRoute>;
  readonly total?: Partial<Snapshot["limits"]>;
  /** Further pools, for routes. */
  readonly pools?: readonly PoolOptions[];
}

/** A route that takes everything to `pool`. */
export function httpRoute(more: Partial<HttpRoute> = {}): HttpRoute {
  return {
    name: "all",
    host: null,
    path: "/",
    headers: [],
    pool: "pool",
    rewrite: null,
    hash: [],
    timeout: 0,
    priority: "normal",
    ...more,
  };
}

/** Forwarding headers pass as they come, and none is added. */
const asTheyCome: ForwardedOptions = {
  x_forwarded_for: "pass",
  x_forwarded_proto: "pass",
  x_forwarded_host: "pass",
  forwarded: "pass",
  via: null,
  x_request_id: "pass",
  traceparent: "pass",
};

/** A pool that speaks HTTP, with everything optional off. */
export function httpPoolOptions(
  name: string,
  servers: PoolOptions["servers"],
  { pool, http, retry }: Pick<HttpPlaneOptions, "pool" | "http" | "retry"> = {},
): PoolOptions {
  return poolOptions(name, servers, {
    timeout: 10_000,
    connect_timeout: 10_000,
    connections: 100,
    limits: { requests: 10_000, bytes: 1 << 26, large_values: 16 },
    ...pool,
    http: {
      version: 1,
      pending: 100,
      requests_per_connection: 0,
      idle_timeout: 3_600_000,
      request_timeout: 0,
      body_timeout: 10_000,
      fail_on: [],
      panic: 0,
      balance_factor: 0,
      slow_start: 0,
      host: "client",
      head_limit: 65_536,
      ...http,
      retry: { attempts: 0, on: [], budget: 20, least: 3, buffer: 65_536, ...retry },
    },
  });
}

/** The snapshot of one HTTP listener, in front of one pool unless the options say otherwise. */
export function httpSnapshot(servers: readonly Address[], options: HttpPlaneOptions = {}): Snapshot {
  const pool = httpPoolOptions("pool", namedServers(servers), options);
  const pools = [pool, ...(options.pools ?? [])];
  return {
    version: 1,
    limits: { connections: 1000, requests: 100_000, bytes: 1 << 28, ...options.total },
    memcache: [],
    http: [
      {
        name: "web",
        listen: { host: "127.0.0.1", port: 0 },
        backlog: 128,
        routes: [httpRoute(options.route)],
        tls: null,
        http2: false,
        connect: true,
        upgrade: true,
        forwarded: { ...asTheyCome, ...options.forwarded },
        access_log: 0,
        idle_timeout: 0,
        head_timeout: 10_000,
        body_timeout: 10_000,
        ...options.listener,
        limits: {
          connections: 1000,
          requests: 0,
          streams: 100,
          head: 16_384,
          headers: 100,
          target: 8192,
          body: 0,
          buffer: 262_144,
          ...options.limits,
        },
      },
    ],
    pools: Object.fromEntries(pools.map((entry) => [entry.name, entry])),
  };
}

/** A data plane in this thread that speaks HTTP. */
export class HttpPlane extends Plane {
  override get address(): Address {
    return this.plane.addresses()["web"]!;
  }

  /** Errors of clients, by kind. */
  clientError(kind: HttpClientError): number {
    return this.block("httpListener", "web")[HTTP_LISTENER.errors + httpClientError[kind]]!;
  }

  /** What went wrong with requests to the pool, by kind. */
  upstreamErrors(kind: HttpUpstreamError): number {
    return this.block("httpPool", "pool")[HTTP_POOL.errors + httpUpstreamError[kind]]!;
  }

  /** A counter or gauge of the listener. */
  listenerCount(name: "openConnections" | "requestsInFlight" | "tunnels" | "bufferedBytes"): number {
    return this.block("httpListener", "web")[HTTP_LISTENER[name]]!;
  }

  /** How many requests the pool has measured the time of. */
  get durations(): number {
    return histogramCount(this.block("httpPool", "pool"), HTTP_POOL.requestDuration);
  }

  /** A counter or gauge of the pool. */
  poolCounter(name: "retries" | "retriesRefused" | "overflows" | "requestsInFlight" | "panic"): number {
    return this.block("httpPool", "pool")[HTTP_POOL[name]]!;
  }

  /** A counter or gauge of a server. */
  serverCount(
    name:
      | "connects"
      | "requests"
      | "openConnections"
      | "idleConnections"
      | "requestsInFlight"
      | "pendingRequests"
      | "reusedFailures"
      | "readBytes"
      | "writtenBytes",
    index = 0,
  ): number {
    return this.block("httpServer", `pool/s${index}`)[HTTP_SERVER[name]]!;
  }
}

/** A data plane with an HTTP listener over these servers, closed when the test ends. */
export async function startHttpPlane(
  t: Teardown,
  servers: readonly Address[],
  options: HttpPlaneOptions & { readonly clock?: Clock } = {},
): Promise<HttpPlane> {
  const plane = new HttpPlane(options.clock ?? systemClock);
  t.teardown(() => plane.close());
  await plane.plane.apply(httpSnapshot(servers, options));
  return plane;
}

/** A server that speaks HTTP as the test says. */
export function startHttpPeer(t: Teardown, address?: Address): Promise<ScriptedServer> {
  const framer = () => new HttpFramer();
  return ScriptedServer.start(t, address === undefined ? { framer } : { framer, address });
}

/** A plane over `count` scripted servers. Time stands still until the test moves it; nothing may be left in buffers. */
export async function setUpHttp(t: Teardown, options: HttpPlaneOptions = {}, count = 1) {
  const clock = new FakeClock();
  const peers = await Promise.all(Array.from({ length: count }, () => startHttpPeer(t)));
  const addresses = peers.map(({ address }) => address);
  const plane = await startHttpPlane(t, addresses, { ...options, clock });
  expectNothingBuffered(t, plane);
  const connect = async (allowHalfOpen = false): Promise<WireClient> => {
    const client = await WireClient.connect(plane.address, { allowHalfOpen });
    t.teardown(() => client.close());
    return client;
  };
  return { clock, peer: peers[0]!, peers, plane, connect };
}

/** A plane as above, and a client whose request `ask` its first server has, and has not answered. */
export async function askAndWait(t: Teardown, options: HttpPlaneOptions = {}, ask = get(), count = 1) {
  const set = await setUpHttp(t, options, count);
  const client = await set.connect();
  await client.send(ask);
  const server = await set.peer.nextConnection();
  await server.expect(ask);
  return { ...set, client, server };
}
