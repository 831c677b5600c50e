import type { Address } from "../core/address.ts";
import { tidyBuffers } from "../core/buffer-pool.ts";
import { type Cancel, type Clock, systemClock } from "../core/clock.ts";
import { TurnClock } from "../core/turn-clock.ts";
import type { HotKeyReport } from "../observe/hot-key-report.ts";
import type { ServerUpdate } from "../upstream/health/server-report.ts";
import { PoolTls } from "../upstream/pool-tls.ts";
import type { UpstreamHost } from "../upstream/upstream-host.ts";
import type { ConnectionQuery } from "../workers/messages.ts";
import { Admission } from "./admission.ts";
import { type ConnectionFacts, listConnections } from "./connection-list.ts";
import type { DataPlaneControl, DataPlaneHost, DataPlaneSettings } from "./data-plane-host.ts";
import type { HttpSide } from "./http/http-side.ts";
import type { Snapshot } from "./listener-options.ts";
import type { ListenerSetOptions } from "./listener-set.ts";
import { MemcacheSide } from "./memcache/memcache-side.ts";
import type { PreparedSide } from "./side.ts";
import { StalledClients, type StallingClient } from "./stalled-clients.ts";

/** How often clients are looked at, what they hold is counted, and free buffers are put in order, in ms. */
const idleSweep = 1_000;

/** Everything that serves traffic on one thread: a side for each protocol, with its clients and its servers. */
export class DataPlane implements DataPlaneControl {
  private readonly admission = new Admission();
  private readonly stalled = new StalledClients(() => this.sessions(), this.admission);
  private readonly turn: TurnClock;
  private readonly tls: PoolTls;
  private readonly upstream: UpstreamHost;
  private readonly listening: ListenerSetOptions;
  private readonly memcache: MemcacheSide;
  /** null until a snapshot has HTTP: what nobody uses takes no memory. */
  private http: HttpSide | null = null;
  private cancelSweep: Cancel | null = null;
  private cancelIdle: Cancel | null = null;
  private onEmpty: (() => void) | null = null;

  constructor(host: DataPlaneHost, options: DataPlaneSettings & { readonly clock?: Clock }) {
    const clock = options.clock ?? systemClock;
    const log: DataPlaneHost["log"] = (level, fields, message) => host.log(level, fields, message);
    this.turn = new TurnClock(clock);
    this.tls = new PoolTls({ clock, log });
    this.upstream = {
      turn: this.turn,
      wake: () => this.watch(),
      block: (entity, key) => host.block(entity, key),
      log,
      report: (report) => host.report(report),
      tlsOf: (pool, server) => this.tls.optionsFor(pool, server) ?? {},
    };
    this.listening = {
      host,
      turn: this.turn,
      reusePort: options.reusePort,
      admission: this.admission,
      stalled: this.stalled,
      connections: () => this.clients,
      onRest: () => this.settle(),
    };
    this.memcache = new MemcacheSide(this.upstream, this.listening);
  }

  async apply(snapshot: Snapshot): Promise<void> {
    this.turn.read();
    const options = Object.values(snapshot.pools);
    this.tls.check(options);
    if ((snapshot.http ?? []).length > 0) await this.loadHttp();
    const prepared: PreparedSide[] = [];
    try {
      for (const side of this.sides) prepared.push(await side.prepare(snapshot));
    } catch (error) {
      for (const side of prepared) await side.abandon();
      throw error;
    }
    for (const side of prepared) side.commit();
    this.admission.setLimits(snapshot.limits);
    this.tls.keep(options);
    this.watch();
    this.watchIdle();
  }

  update(update: ServerUpdate): void {
    this.turn.read();
    for (const side of this.sides) side.update(update);
  }

  setPressure(pressure: number, yielded?: number): void {
    this.admission.setPressure(pressure, yielded);
  }

  pause(): void {
    this.setPaused(true);
  }

  resume(): void {
    this.setPaused(false);
  }

  async drain(): Promise<void> {
    // What was held back is answered, too.
    this.setPaused(false);
    await Promise.all(this.sides.map((side) => side.retire()));
    await new Promise<void>((resolve) => {
      this.onEmpty = resolve;
      this.settle();
    });
  }

  async close(): Promise<void> {
    this.cancelSweep?.();
    this.cancelIdle?.();
    const closed = Promise.all(this.sides.map((side) => side.closeListeners()));
    for (const side of this.sides) side.closePools();
    this.tls.close();
    await closed;
    this.cancelSweep?.();
  }

  addresses(): Record<string, Address> {
    return Object.assign({}, ...this.sides.map((side) => side.addresses()));
  }

  hotKeys(): Record<string, HotKeyReport> {
    return this.memcache.hotKeys();
  }

  connections(query: ConnectionQuery): ConnectionFacts[] {
    const placed = this.sides.flatMap((side) => [...side.openConnections(query)]);
    return listConnections(placed, query, this.turn.read());
  }

  load(): { requests: number; connections: number } {
    return { requests: this.admission.requests, connections: this.clients };
  }

  private get sides(): readonly (MemcacheSide | HttpSide)[] {
    return this.http === null ? [this.memcache] : [this.memcache, this.http];
  }

  private get clients(): number {
    return this.memcache.connections + (this.http?.connections ?? 0);
  }

  private *sessions(): Generator<StallingClient> {
    for (const side of this.sides) yield* side.sessions();
  }

  private async loadHttp(): Promise<void> {
    if (this.http !== null) return;
    const { HttpSide } = await import("./http/http-side.ts");
    this.http ??= new HttpSide(this.upstream, this.listening);
  }

  private setPaused(paused: boolean): void {
    for (const side of this.sides) side.setPaused(paused);
  }

  /** Lets go of what has come to rest, and tells whoever waits for the end of a drain. */
  private settle(): void {
    for (const side of this.sides) if (side.release()) this.watch();
    if (this.onEmpty === null || this.clients > 0) return;
    this.onEmpty();
    this.onEmpty = null;
  }

  /** Sweeps for timeouts as long as anything is in flight. */
  private watch(): void {
    if (this.cancelSweep !== null) return;
    const every = Math.min(...this.sides.map((side) => side.sweepEvery));
    this.cancelSweep = this.after(every, () => this.sweep());
  }

  /** Where this thread stalls, what has come meanwhile is heard before anybody is taken for silent. */
  private after(every: number, look: () => void): Cancel {
    const { clock } = this.turn;
    const due = clock.now() + every;
    let cancel = clock.after(every, () => {
      if (clock.now() - due < every) return look();
      const immediate = setImmediate(look);
      cancel = () => clearImmediate(immediate);
    });
    return () => cancel();
  }

  private sweep(): void {
    this.cancelSweep = null;
    const now = this.turn.read();
    let busy = false;
    for (const side of this.sides) if (side.sweep(now)) busy = true;
    if (busy) this.watch();
  }

  private watchIdle(): void {
    this.cancelIdle?.();
    this.cancelIdle = this.after(idleSweep, () => {
      const now = this.turn.read();
      for (const side of this.sides) side.checkClients(now);
      this.stalled.look();
      for (const side of this.sides) side.measureClients();
      tidyBuffers();
      this.watchIdle();
    });
  }
}
