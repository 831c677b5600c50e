import type { Address } from "../core/address.ts";
import { type Cancel, type Clock, systemClock } from "../core/clock.ts";
import { TurnClock } from "../core/turn-clock.ts";
import type { HotKeyReport } from "../observe/hot-key-report.ts";
import { PoolSet, type PreparedPools } from "../upstream/pool-set.ts";
import { PoolTls } from "../upstream/pool-tls.ts";
import type { UpstreamHost } from "../upstream/server.ts";
import type { ServerUpdate } from "../upstream/server-report.ts";
import type { DataPlaneControl, DataPlaneHost } from "./data-plane-host.ts";
import { HotKeyTable } from "./hot-key-table.ts";
import type { MemcacheListenerOptions, Snapshot } from "./listener-options.ts";
import { ListenerSet } from "./listener-set.ts";
import { type Policies, PolicyTable } from "./policies/policy-table.ts";
import { Router } from "./router.ts";

/** How often idle clients are looked for, in ms. */
const idleSweep = 1_000;

/** Everything that serves traffic on one thread: listeners with their clients, pools with their servers. */
export class DataPlane implements DataPlaneControl {
  private readonly turn: TurnClock;
  private readonly tls: PoolTls;
  private readonly pools: PoolSet;
  private readonly listeners: ListenerSet;
  private readonly policyTable = new PolicyTable();
  private readonly hotKeyTable = new HotKeyTable();
  private cancelSweep: Cancel | null = null;
  private cancelIdle: Cancel | null = null;
  private onEmpty: (() => void) | null = null;

  /** `reusePort`: several threads listen on the same ports. */
  constructor(host: DataPlaneHost, options: { readonly reusePort: boolean; readonly clock?: Clock }) {
    const clock = options.clock ?? systemClock;
    const log: DataPlaneHost["log"] = (level, fields, message) => host.log(level, fields, message);
    this.turn = new TurnClock(clock);
    this.tls = new PoolTls({ clock, log });
    const upstream: UpstreamHost = {
      turn: this.turn,
      wake: () => this.watch(),
      block: (entity, key) => host.block(entity, key),
      log,
      report: (report) => host.report(report),
      tlsOf: (pool, server) => this.tls.optionsFor(pool, server) ?? {},
    };
    this.pools = new PoolSet(upstream);
    const onRest = () => this.settle();
    this.listeners = new ListenerSet({ host, turn: this.turn, reusePort: options.reusePort, onRest });
  }

  async apply(snapshot: Snapshot): Promise<void> {
    this.turn.read();
    const options = Object.values(snapshot.pools);
    this.tls.check(options);
    const prepared = this.pools.prepare(options, (pool) => this.hotKeyTable.sketchOf(pool));
    try {
      const policies = this.policyTable.prepare(prepared.pools.values());
      const routerOf = (listener: MemcacheListenerOptions) => createRouter(listener, prepared, policies);
      const opened = await this.listeners.open(snapshot, routerOf);
      this.policyTable.commit(policies);
      this.listeners.commit(snapshot, opened, routerOf);
    } catch (error) {
      this.pools.abandon(prepared);
      throw error;
    }
    this.pools.commit(prepared);
    this.hotKeyTable.keep(options);
    this.tls.keep(options);
    this.watch();
    this.watchIdle();
  }

  update(update: ServerUpdate): void {
    this.turn.read();
    this.pools.update(update);
  }

  pause(): void {
    this.listeners.setPaused(true);
  }

  resume(): void {
    this.listeners.setPaused(false);
  }

  async drain(): Promise<void> {
    // What was held back is answered, too.
    this.listeners.setPaused(false);
    await this.listeners.retire();
    await new Promise<void>((resolve) => {
      this.onEmpty = resolve;
      this.settle();
    });
  }

  async close(): Promise<void> {
    this.cancelSweep?.();
    this.cancelIdle?.();
    const closed = this.listeners.close();
    // What fails now must not be tried elsewhere.
    this.policyTable.commit(null);
    this.pools.close();
    this.tls.close();
    await closed;
    this.cancelSweep?.();
  }

  addresses(): Record<string, Address> {
    return this.listeners.addresses();
  }

  hotKeys(): Record<string, HotKeyReport> {
    return this.hotKeyTable.reports();
  }

  load(): { requests: number; connections: number } {
    return { requests: this.listeners.usage.requests, connections: this.listeners.connections };
  }

  /** Lets go of what has come to rest, and tells whoever waits for the end of a drain. */
  private settle(): void {
    if (this.listeners.release()) this.watch();
    if (this.onEmpty === null || this.listeners.connections > 0) return;
    this.onEmpty();
    this.onEmpty = null;
  }

  /** Sweeps for timeouts as long as anything is in flight. */
  private watch(): void {
    this.cancelSweep ??= this.turn.clock.after(this.pools.sweepEvery, () => {
      this.cancelSweep = null;
      // Clients of a listener that is closing may still have requests for servers of its time.
      const busy = this.pools.sweep(this.turn.read(), !this.listeners.isClosing);
      this.listeners.measure();
      if (busy) this.watch();
    });
  }

  private watchIdle(): void {
    this.cancelIdle?.();
    this.cancelIdle = this.turn.clock.after(idleSweep, () => {
      this.listeners.cutOffIdle(this.turn.read());
      this.watchIdle();
    });
  }
}

function createRouter(
  options: MemcacheListenerOptions,
  { pools }: PreparedPools,
  policies: Policies,
): Router {
  const pool = (name: string) => {
    const found = pools.get(name);
    if (found === undefined)
      throw new Error(`listener ${options.name} names a pool that is not there: ${name}`);
    return found;
  };
  return new Router(
    pool(options.pool),
    options.routes.map((route) => ({ prefix: route.prefix, pool: pool(route.pool) })),
    policies,
  );
}
