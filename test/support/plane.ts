import type { Address } from "../../src/core/address.ts";
import { bufferedBytes } from "../../src/core/buffer-pool.ts";
import { type Clock, systemClock } from "../../src/core/clock.ts";
import type { AccessEntry } from "../../src/observe/access-entry.ts";
import { histogramCount, histogramLength } from "../../src/observe/histogram.ts";
import {
  type CommandName,
  clientError,
  command,
  type UpstreamError,
  upstreamError,
} from "../../src/observe/metric-labels.ts";
import { LISTENER, POOL, privateBlock, SERVER } from "../../src/observe/metric-layout.ts";
import type { TrafficEntity } from "../../src/observe/metric-table.ts";
import { DataPlane } from "../../src/proxy/data-plane.ts";
import type { MemcacheListenerOptions, Snapshot } from "../../src/proxy/listener-options.ts";
import { createRing } from "../../src/ring/ring.ts";
import type { ServerReport } from "../../src/upstream/health/server-report.ts";
import type { PoolOptions } from "../../src/upstream/pool-options.ts";
import { poolOptions, serverOptions } from "./pools.ts";
import type { Teardown } from "./teardown.ts";

/** What differs from a listener `cache` in front of a pool `pool` with everything optional switched off. */
export interface PlaneOptions {
  readonly pool?: Partial<PoolOptions>;
  readonly listener?: Partial<Omit<MemcacheListenerOptions, "limits">>;
  readonly limits?: Partial<MemcacheListenerOptions["limits"]>;
  readonly total?: Partial<Snapshot["limits"]>;
  /** Further pools, for routes. */
  readonly pools?: readonly PoolOptions[];
  readonly clock?: Clock;
}

/** A listener with the limits of the configuration's defaults, on a free port of 127.0.0.1. */
export function listenerOptions(
  listener: Partial<Omit<MemcacheListenerOptions, "limits">> = {},
  limits: Partial<MemcacheListenerOptions["limits"]> = {},
): MemcacheListenerOptions {
  return {
    name: "cache",
    listen: { host: "127.0.0.1", port: 0 },
    backlog: 128,
    pool: "pool",
    routes: [],
    tls: null,
    auth: null,
    flush_all: true,
    idle_timeout: 0,
    priority: "normal",
    limits: { connections: 1000, requests: 1024, bytes: 1 << 24, value: 1 << 30, ...limits },
    ...listener,
  };
}

/** Servers by the names `s0`, `s1` …: where keys belong does not depend on their ports. */
export function namedServers(addresses: readonly Address[]): PoolOptions["servers"] {
  return addresses.map((address, i) => serverOptions(`s${i}`, 0, { name: `s${i}`, address }));
}

/** The snapshot of one listener in front of one pool. */
export function planeSnapshot(servers: readonly Address[], options: PlaneOptions = {}): Snapshot {
  const pool = poolOptions("pool", namedServers(servers), {
    timeout: 10_000,
    connect_timeout: 10_000,
    limits: { requests: 65_536, bytes: 1 << 26, large_values: 16 },
    ...options.pool,
  });
  const pools = [pool, ...(options.pools ?? [])];
  return {
    version: 1,
    limits: { connections: 1000, requests: 100_000, bytes: 1 << 28, ...options.total },
    memcache: [listenerOptions(options.listener, options.limits)],
    pools: Object.fromEntries(pools.map((entry) => [entry.name, entry])),
  };
}

/** Index of the server that a key belongs to in a pool of `count` servers as above. */
export function ownerOf(key: string, count = 2, more: Partial<PoolOptions> = {}): number {
  const servers = namedServers(Array.from({ length: count }, () => ({ host: "127.0.0.1", port: 0 })));
  const { ring } = poolOptions("pool", servers, more);
  const bytes = Buffer.from(key, "latin1");
  const live = servers.map(() => true);
  return createRing(ring, servers, live).locate(bytes, 0, bytes.length);
}

/** `amount` keys that belong to server `index`, beginning with `prefix`. */
export function keysOf(index: number, amount: number, { prefix = "", count = 2 } = {}): string[] {
  const keys: string[] = [];
  for (let i = 0; keys.length < amount; i++) {
    const key = `${prefix}${String.fromCharCode(0x61 + (i % 26))}${i}`;
    if (ownerOf(key, count) === index) keys.push(key);
  }
  return keys;
}

/** A data plane in this thread, with what it reports kept for the test. */
export class Plane {
  readonly plane: DataPlane;
  readonly logs: string[] = [];
  readonly accessLines: AccessEntry[] = [];
  /** What servers were blamed for, and whether they were well again; that one answers at all is no news here. */
  readonly reports: ServerReport[] = [];
  /** Told of each report, as the main thread is. */
  onReport: (report: ServerReport) => void = () => {};
  readonly #blocks = new Map<string, Float64Array>();
  #closed: Promise<void> | null = null;

  constructor(clock: Clock) {
    const host = {
      block: (entity: TrafficEntity, key: string) => this.block(entity, key),
      log: (level: string, fields: Record<string, unknown>, message: string) => {
        this.logs.push(`${level} ${message} ${JSON.stringify(fields)}`);
      },
      access: (entries: readonly AccessEntry[]) => {
        this.accessLines.push(...entries);
      },
      report: (report: ServerReport) => {
        if (report.state === "failing" || this.reports.some(({ server }) => server === report.server))
          this.reports.push(report);
        this.onReport(report);
      },
    };
    this.plane = new DataPlane(host, { reusePort: false, clock });
  }

  /** Where the listener is bound. */
  get address(): Address {
    return this.plane.addresses()["cache"]!;
  }

  /** The counters of a listener, pool, server… */
  block(entity: TrafficEntity, key: string): Float64Array {
    const name = `${entity} ${key}`;
    const block = this.#blocks.get(name) ?? privateBlock(entity);
    this.#blocks.set(name, block);
    return block;
  }

  /** Errors of clients, by kind. */
  clientErrors(kind: keyof typeof clientError): number {
    return this.block("listener", "cache")[LISTENER.errors + clientError[kind]]!;
  }

  /** Failed requests of a server of `pool`, by kind. */
  serverErrors(server: string, kind: UpstreamError): number {
    return this.block("server", `pool/${server}`)[SERVER.errors + upstreamError[kind]]!;
  }

  /** Failures of the pool's servers, by kind. */
  poolErrors(kind: UpstreamError): number {
    return this.block("pool", "pool")[POOL.errors + upstreamError[kind]]!;
  }

  /** A counter or gauge of the pool. */
  poolCount(name: "hits" | "misses" | "partialMultigets" | "requestsInFlight"): number {
    return this.block("pool", "pool")[POOL[name]]!;
  }

  /** How many requests of this command the pool has measured the time of. */
  poolDurations(name: CommandName): number {
    const offset = POOL.requestDuration + command[name] * histogramLength;
    return histogramCount(this.block("pool", "pool"), offset);
  }

  /** Bytes that servers were sent. */
  get written(): number {
    return ["s0", "s1"].reduce(
      (sum, id) => sum + this.block("server", `pool/${id}`)[SERVER.writtenBytes]!,
      0,
    );
  }

  /** Bytes held in buffers of this thread. */
  get bufferedBytes(): number {
    return bufferedBytes();
  }

  close(): Promise<void> {
    this.#closed ??= this.plane.close();
    return this.#closed;
  }
}

/**
 * A data plane over these servers, closed when the test ends.
 *
 *     const plane = await startPlane(t, [server.address], { pool: { on_error: "error" } });
 *     const client = await WireClient.connect(plane.address);
 */
export async function startPlane(
  t: Teardown,
  servers: readonly Address[],
  options: PlaneOptions = {},
): Promise<Plane> {
  const plane = new Plane(options.clock ?? systemClock);
  t.teardown(() => plane.close());
  await plane.plane.apply(planeSnapshot(servers, options));
  return plane;
}
