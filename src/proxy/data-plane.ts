import type { TLSSocketOptions } from "node:tls";
import { type Address, formatAddress } from "../core/address.ts";
import { bufferedBytes } from "../core/buffer-pool.ts";
import { type Cancel, type Clock, systemClock } from "../core/clock.ts";
import { TurnClock } from "../core/turn-clock.ts";
import { RequestParser } from "../memcache/request-parser.ts";
import type { HotKeyReport } from "../observe/hot-key-report.ts";
import { LISTENER } from "../observe/metric-layout.ts";
import { Pool } from "../upstream/pool.ts";
import type { PoolOptions, ServerOptions } from "../upstream/pool-options.ts";
import { PoolTls } from "../upstream/pool-tls.ts";
import { Server, type UpstreamHost } from "../upstream/server.ts";
import type { ServerUpdate } from "../upstream/server-report.ts";
import { TlsFiles } from "../upstream/tls-files.ts";
import type { DataPlaneControl, DataPlaneHost } from "./data-plane-host.ts";
import { HotKeyTable } from "./hot-key-table.ts";
import { Listener } from "./listener.ts";
import type { MemcacheListenerOptions, Snapshot } from "./listener-options.ts";
import { ownStats } from "./own-stats.ts";
import { type Policies, PolicyTable } from "./policies/policy-table.ts";
import { Router } from "./router.ts";
import type { SessionHost } from "./session.ts";

/** How often timeouts are looked for: an eighth of the shortest, within these bounds; in ms. */
const shortestSweep = 5;
const longestSweep = 100;
/** How often idle clients are looked for, in ms. */
const idleSweep = 1_000;
/** A client that has sent half a value and then nothing is cut off after this time, in ms, or `idle_timeout` if set. */
const longestStall = 60_000;

/** Everything that serves traffic on one thread: listeners, their sessions, pools and servers. */
export class DataPlane implements DataPlaneControl {
  private readonly host: DataPlaneHost;
  private readonly reusePort: boolean;
  private readonly turn: TurnClock;
  private readonly parser = new RequestParser();
  private readonly usage = { requests: 0 };
  private readonly tls: PoolTls;
  private readonly upstream: UpstreamHost;
  private listeners = new Map<string, Open>();
  private pools = new Map<string, Pool>();
  private servers = new Map<string, Server>();
  private readonly policyTable = new PolicyTable();
  private readonly hotKeyTable = new HotKeyTable();
  /** Servers and listeners of earlier snapshots that still have something in flight. */
  private readonly retired = new Set<Server>();
  private readonly closing = new Set<Open>();
  private paused = false;
  private sweepEvery = longestSweep;
  private cancelSweep: Cancel | null = null;
  private cancelIdle: Cancel | null = null;
  private onEmpty: (() => void) | null = null;

  /** `reusePort`: several threads listen on the same ports. */
  constructor(host: DataPlaneHost, options: { readonly reusePort: boolean; readonly clock?: Clock }) {
    this.host = host;
    this.reusePort = options.reusePort;
    const clock = options.clock ?? systemClock;
    this.turn = new TurnClock(clock);
    const log: DataPlaneHost["log"] = (level, fields, message) => host.log(level, fields, message);
    this.tls = new PoolTls({ clock, log });
    this.upstream = {
      turn: this.turn,
      wake: () => this.watch(),
      block: (entity, key) => host.block(entity, key),
      log,
      report: (report) => host.report(report),
      tlsOf: (pool, server) => this.tls.optionsFor(pool, server) ?? {},
    };
  }

  async apply(snapshot: Snapshot): Promise<void> {
    this.turn.read();
    this.tls.check(Object.values(snapshot.pools));
    const servers = new Map<string, Server>();
    const pools = new Map<string, Pool>();
    for (const options of Object.values(snapshot.pools)) {
      const members = options.servers.map((server) => {
        const identity = serverIdentity(options, server);
        const member = this.servers.get(identity) ?? new Server(options, server, this.upstream);
        servers.set(identity, member);
        return member;
      });
      const sketch = this.hotKeyTable.sketchOf(options);
      pools.set(options.name, new Pool(options, members, this.upstream, sketch));
    }
    const opened = await this.open(snapshot, pools).catch((error) => {
      for (const [identity, server] of servers) if (!this.servers.has(identity)) server.close();
      throw error;
    });
    this.commit(snapshot, pools, servers, opened);
  }

  update(update: ServerUpdate): void {
    this.turn.read();
    this.pools.get(update.pool)?.update(update);
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
    const all = [...this.listeners.values(), ...this.closing];
    await Promise.all(all.map(({ listener }) => listener.retire()));
    await new Promise<void>((resolve) => {
      this.onEmpty = resolve;
      this.settle();
    });
  }

  async close(): Promise<void> {
    this.cancelSweep?.();
    this.cancelIdle?.();
    const all = [...this.listeners.values(), ...this.closing];
    const stopped = all.map(({ listener }) => listener.stop());
    for (const { listener, tls } of all) {
      for (const session of listener.sessions) session.close();
      tls?.close();
    }
    // What fails now must not be tried elsewhere.
    this.policyTable.commit(null);
    for (const server of [...this.servers.values(), ...this.retired]) server.close();
    this.tls.close();
    await Promise.all(stopped);
    this.cancelSweep?.();
  }

  addresses(): Record<string, Address> {
    return Object.fromEntries(
      [...this.listeners.values()].map(({ listener }) => [listener.host.options.name, listener.address()]),
    );
  }

  hotKeys(): Record<string, HotKeyReport> {
    return this.hotKeyTable.reports();
  }

  load(): { requests: number; connections: number } {
    return { requests: this.usage.requests, connections: this.connections() };
  }

  private async open(snapshot: Snapshot, pools: Map<string, Pool>): Promise<Opened> {
    const policies = this.policyTable.prepare(pools.values());
    return { policies, listeners: await this.openListeners(snapshot, pools, policies) };
  }

  /** Opens what the snapshot has and the plane has not. All or nothing. */
  private async openListeners(
    snapshot: Snapshot,
    pools: Map<string, Pool>,
    policies: Policies,
  ): Promise<Map<string, Open>> {
    const result = new Map<string, Open>();
    const fresh: Open[] = [];
    const newTls: TlsFiles[] = [];
    try {
      for (const options of snapshot.memcache) {
        const identity = listenerIdentity(options);
        const present = this.listeners.get(identity);
        const router = routerOf(options, pools, policies);
        const open =
          present === undefined
            ? await this.openListener(options, snapshot, router)
            : { ...present, tls: this.tlsFor(options, present) };
        if (present === undefined) fresh.push(open);
        else if (open.tls !== present.tls && open.tls !== null) newTls.push(open.tls);
        result.set(identity, open);
      }
    } catch (error) {
      for (const { listener, tls } of fresh) {
        await listener.stop();
        tls?.close();
      }
      for (const tls of newTls) tls.close();
      throw error;
    }
    return result;
  }

  private async openListener(
    options: MemcacheListenerOptions,
    snapshot: Snapshot,
    router: Router,
  ): Promise<Open> {
    const { host } = this;
    const tls = this.tlsFor(options, null);
    const sessionHost: SessionHost = {
      options,
      router,
      block: host.block("listener", options.name),
      turn: this.turn,
      parser: this.parser,
      paused: this.paused,
      usage: this.usage,
      limits: snapshot.limits,
      stats: (kind) => ownStats(kind, sessionHost),
      log: (level, fields, message) =>
        host.log(level, { listener: sessionHost.options.name, ...fields }, message),
      closed: (session) => {
        listener.sessions.delete(session);
        sessionHost.block[LISTENER.openConnections]! -= 1;
        if (listener.sessions.size === 0) this.settle();
      },
    };
    const admit = () => this.connections() < sessionHost.limits.connections;
    const listener = new Listener(sessionHost, admit);
    listener.tls = tls && tlsServerOptions(options, tls);
    try {
      await listener.open(this.reusePort && !("path" in options.listen));
    } catch (error) {
      tls?.close();
      const where = formatAddress(options.listen);
      throw new Error(`listener ${options.name} cannot listen on ${where}: ${(error as Error).message}`, {
        cause: error,
      });
    }
    return { listener, tls };
  }

  /** The files of a listener's TLS: those that it has, unless the options name others now. */
  private tlsFor({ name, tls }: MemcacheListenerOptions, present: Open | null): TlsFiles | null {
    if (tls === null) return null;
    if (present?.tls && JSON.stringify(present.listener.host.options.tls) === JSON.stringify(tls))
      return present.tls;
    try {
      const log: DataPlaneHost["log"] = (level, fields, message) => this.host.log(level, fields, message);
      return new TlsFiles(tls, { clock: this.turn.clock, log, systemRoots: false });
    } catch (error) {
      throw new Error(`listener ${name}: TLS: ${(error as Error).message}`, { cause: error });
    }
  }

  /** From here on nothing can fail: the new snapshot is in force between two requests. */
  private commit(
    snapshot: Snapshot,
    pools: Map<string, Pool>,
    servers: Map<string, Server>,
    { policies, listeners }: Opened,
  ): void {
    this.policyTable.commit(policies);
    this.hotKeyTable.keep([...pools.values()].map(({ options }) => options));
    for (const options of snapshot.memcache) {
      const { listener, tls } = listeners.get(listenerIdentity(options))!;
      const before = listener.host.options;
      if (before.name !== options.name) listener.moveTo(this.host.block("listener", options.name));
      listener.host.options = options;
      listener.host.router = routerOf(options, pools, policies);
      listener.host.limits = snapshot.limits;
      listener.tls = tls && tlsServerOptions(options, tls);
      if (before.socket_mode !== options.socket_mode) listener.changeMode();
    }
    const before = { listeners: this.listeners, servers: this.servers };
    this.listeners = listeners;
    this.pools = pools;
    this.servers = servers;
    for (const [identity, open] of before.listeners) {
      const after = listeners.get(identity);
      if (after === undefined) this.retireListener(open);
      else if (after.tls !== open.tls) open.tls?.close();
    }
    for (const [identity, server] of before.servers) {
      if (servers.has(identity)) continue;
      this.retired.add(server);
      server.retire();
    }
    this.tls.keep([...pools.values()].map(({ options }) => options));
    const timeouts = [...pools.values()].map(({ options }) => options.timeout || Number.POSITIVE_INFINITY);
    this.sweepEvery = Math.min(longestSweep, Math.max(shortestSweep, Math.min(...timeouts) / 8));
    this.watch();
    this.watchIdle();
  }

  /** Accepts no more; clients leave when they are answered. */
  private retireListener(open: Open): void {
    this.closing.add(open);
    void open.listener.retire().then(() => this.settle());
  }

  /** Lets go of what has come to rest, and tells whoever waits for the end of a drain. */
  private settle(): void {
    for (const open of this.closing) {
      if (open.listener.accepting || open.listener.sessions.size > 0) continue;
      open.tls?.close();
      this.closing.delete(open);
      this.watch();
    }
    if (this.onEmpty === null || this.connections() > 0) return;
    this.onEmpty();
    this.onEmpty = null;
  }

  private setPaused(paused: boolean): void {
    this.paused = paused;
    for (const { listener } of [...this.listeners.values(), ...this.closing]) {
      listener.host.paused = paused;
      if (!paused) for (const session of listener.sessions) session.proceed();
    }
  }

  private connections(): number {
    let count = 0;
    for (const { listener } of this.listeners.values()) count += listener.sessions.size;
    for (const { listener } of this.closing) count += listener.sessions.size;
    return count;
  }

  /** Sweeps for timeouts as long as anything is in flight. */
  private watch(): void {
    this.cancelSweep ??= this.turn.clock.after(this.sweepEvery, () => {
      this.cancelSweep = null;
      this.sweep();
    });
  }

  private sweep(): void {
    const now = this.turn.read();
    let busy = false;
    for (const server of this.servers.values()) {
      server.sweep(now);
      if (!server.idle) busy = true;
    }
    for (const server of this.retired) {
      server.sweep(now);
      if (!server.idle) busy = true;
      // Clients of a listener that is closing may still have requests for it.
      else if (this.closing.size === 0) {
        server.close();
        this.retired.delete(server);
      }
    }
    for (const { listener } of this.listeners.values()) {
      let bytes = 0;
      if (bufferedBytes() > 0) for (const session of listener.sessions) bytes += session.buffered;
      listener.host.block[LISTENER.bufferedBytes] = bytes;
    }
    if (busy) this.watch();
  }

  private watchIdle(): void {
    this.cancelIdle?.();
    this.cancelIdle = this.turn.clock.after(idleSweep, () => {
      const now = this.turn.read();
      for (const { listener } of [...this.listeners.values(), ...this.closing]) cutOffIdle(listener, now);
      this.watchIdle();
    });
  }
}

function cutOffIdle({ host, sessions }: Listener, now: number): void {
  const { idle_timeout } = host.options;
  const longestPause = idle_timeout === 0 ? longestStall : idle_timeout;
  for (const session of sessions) {
    if (now - session.lastHeard < longestPause) continue;
    if (session.owesValue) session.abort("stopped in the middle of a value", "idle");
    else if (idle_timeout > 0 && session.first === null) session.abort("idle", "idle");
  }
}

interface Open {
  readonly listener: Listener;
  readonly tls: TlsFiles | null;
}

interface Opened {
  readonly policies: Policies;
  readonly listeners: Map<string, Open>;
}

function routerOf(
  options: MemcacheListenerOptions,
  pools: ReadonlyMap<string, Pool>,
  policies: Policies,
): Router {
  const pool = (name: string): Pool => {
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

/** A server keeps its connections across a reload while what they depend on is the same. */
function serverIdentity(pool: PoolOptions, server: ServerOptions): string {
  const { name, timeout, connect_timeout, connections, tcp_keepalive, tls, auth, limits, eject } = pool;
  const settings = { timeout, connect_timeout, connections, tcp_keepalive, tls, auth, limits, eject };
  return JSON.stringify([name, server.id, server.address, settings]);
}

/**
 * A listener stays open across a reload while it listens at the same address: all else is changed in place (the
 * backlog when it is next opened), and clients stay. A port that the system chooses is known by the listener's name.
 */
function listenerIdentity({ name, listen }: MemcacheListenerOptions): string {
  return "port" in listen && listen.port === 0 ? `${name} ${formatAddress(listen)}` : formatAddress(listen);
}

/** What the next client's handshake needs: the files may have changed since the last one's. */
function tlsServerOptions(options: MemcacheListenerOptions, files: TlsFiles): () => TLSSocketOptions {
  const verified = options.tls?.client_ca !== undefined;
  return () => ({
    isServer: true,
    secureContext: files.current(),
    requestCert: verified,
    rejectUnauthorized: verified,
  });
}
