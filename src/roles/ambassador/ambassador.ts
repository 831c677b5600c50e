import type { Clock } from "../../core/clock.ts";
import type { LogFunction, LogLevel } from "../../observe/log-level.ts";
import { metricKey } from "../../observe/metric-key.ts";
import { WORKER } from "../../observe/metric-layout.ts";
import type { MetricRegistry } from "../../observe/metric-registry.ts";
import type { Entity } from "../../observe/metric-table.ts";
import type { Snapshot } from "../../proxy/listener-options.ts";
import { systemLookups } from "../../upstream/lookups.ts";
import type { ServerReport, ServerUpdate } from "../../upstream/server-report.ts";
import type { Load } from "../../workers/messages.ts";
import { WorkerGroup } from "../../workers/worker-group.ts";
import { hotKeyViews } from "./hot-key-view.ts";
import { ListenerPorts } from "./listener-ports.ts";
import { poolView } from "./pool-view.ts";
import type { RingView } from "./ring-view.ts";
import { countHealth, serviceState } from "./service-state.ts";
import { type UpstreamState, UpstreamSupervisor } from "./upstream-supervisor.ts";

/** What the ambassador needs from the daemon. */
export interface AmbassadorContext {
  /** Module that a data-plane thread runs. */
  readonly entry: URL;
  readonly workers: number;
  readonly clock: Clock;
  readonly metrics: MetricRegistry;
  readonly log: LogFunction;
}

/** The ambassador: memcache listeners in worker threads, in front of pools of servers. */
export class Ambassador {
  readonly name = "ambassador";
  readonly #group: WorkerGroup<Snapshot, ServerUpdate, ServerReport>;
  readonly #supervisor: UpstreamSupervisor;
  readonly #ports = new ListenerPorts();
  readonly #metrics: MetricRegistry;
  #snapshot: Snapshot | null = null;

  constructor({ entry, workers, clock, metrics, log }: AmbassadorContext) {
    this.#metrics = metrics;
    this.#supervisor = new UpstreamSupervisor({
      clock,
      lookups: systemLookups,
      log,
      update: (update) => this.#group.update([update]),
    });
    this.#group = new WorkerGroup({
      count: workers,
      clock,
      thread: (index) => ({
        entry,
        data: { index, reusePort: workers > 1 },
        name: `podmate-w${index}`,
        limits: {},
      }),
      tailor: forWorker,
      catchUp: () => this.#supervisor.current(),
      onReport: (report) => this.#supervisor.report(report),
      onLog: (level, fields, message, index) => log(level as LogLevel, { worker: index, ...fields }, message),
      onBlock: (entity, key, block, index) => metrics.adopt(entity as Entity, key, index, block),
      onDeath: (index, reason, pause) => {
        metrics.retire(index);
        metrics.block("worker", String(index))[WORKER.restarts]! += 1;
        log("error", { worker: index, reason, replaced_after_ms: Math.round(pause) }, "worker died");
      },
      onReplaced: (index) => log("info", { worker: index }, "worker replaced"),
    });
  }

  /** Why it cannot serve now; empty if it can. */
  ready(): readonly string[] {
    const reasons: string[] = [];
    if (this.#snapshot === null) reasons.push("listeners are not open yet");
    if (this.#group.running.up === 0) reasons.push("no worker is alive");
    return reasons;
  }

  /** What is in force, with the ports that listeners have got; null before the first `apply`. */
  get snapshot(): Snapshot | null {
    return this.#snapshot;
  }

  /** The listeners as they are bound now. */
  get listeners(): Snapshot["memcache"] {
    return this.#snapshot?.memcache ?? [];
  }

  /** Threads that run now, out of how many there should be. */
  get workers(): { readonly up: number; readonly of: number } {
    return this.#group.running;
  }

  /** Takes a snapshot into force in all workers, or rejects with the reason and leaves the old one in force. */
  async apply(wanted: Snapshot): Promise<void> {
    const settled = await this.#ports.settle(wanted);
    await this.#group.apply(settled);
    this.#ports.keep(wanted, settled);
    this.#snapshot = settled;
    this.#supervisor.configure(Object.values(settled.pools));
    this.#forgetMetrics(settled);
  }

  /** All pools in numbers. */
  pools(): ReturnType<typeof poolView>[] {
    const states = this.#states();
    return Object.values(this.#snapshot?.pools ?? {}).map((pool) =>
      poolView(pool, this.#metrics, (server) =>
        serviceState(server, states.get(metricKey(pool.name, server.id))),
      ),
    );
  }

  /** Who owns a key of a pool, and why; undefined if there is no such pool. */
  async ring(pool: string, key: string): Promise<RingView | undefined> {
    const options = this.#snapshot?.pools[pool];
    if (options === undefined) return undefined;
    // The rings themselves are the workers' business.
    const { ringView } = await import("./ring-view.ts");
    const states = this.#states();
    // As the data planes build their rings: who drains holds no keys, who is ejected only where the pool rehashes.
    const rehash = options.eject?.on_eject === "rehash";
    const holdsKeys = options.servers.map((server) => {
      const { state } = serviceState(server, states.get(metricKey(pool, server.id)));
      return state === "ready" || (state === "ejected" && !rehash);
    });
    return ringView(options, key, holdsKeys);
  }

  /** The most requested keys of the pools that have them counted. */
  async hotKeys(): Promise<ReturnType<typeof hotKeyViews>> {
    const pools = Object.values(this.#snapshot?.pools ?? {});
    // Nobody is asked for what nobody counts.
    const counted = pools.some(({ hot_keys }) => hot_keys > 0);
    return hotKeyViews(pools, counted ? await this.#group.hotKeys() : []);
  }

  /** Brings the metrics that the control plane keeps up to date; call before a scrape. */
  updateMetrics(): void {
    for (const [key, state] of this.#states()) countHealth(this.#metrics.block("server", key), state);
    for (const { index, active, idle } of this.#group.takeTimes()) {
      const block = this.#metrics.block("worker", String(index));
      block[WORKER.activeSeconds]! += active / 1000;
      block[WORKER.idleSeconds]! += idle / 1000;
      block[WORKER.snapshotVersion] = this.#snapshot?.version ?? 0;
    }
  }

  pause(): void {
    this.#group.pause();
  }

  resume(): void {
    this.#group.resume();
  }

  load(): Promise<Load> {
    return this.#group.load();
  }

  /** Gives memory of the start back; see `shrinkHeap`. */
  shrink(): Promise<void> {
    return this.#group.shrink();
  }

  drain(): Promise<void> {
    return this.#group.drain();
  }

  async close(): Promise<void> {
    await Promise.all([this.#supervisor.close(), this.#group.close()]);
  }

  #states(): Map<string, UpstreamState> {
    return new Map(this.#supervisor.states().map((state) => [metricKey(state.pool, state.server), state]));
  }

  #forgetMetrics({ memcache, pools }: Snapshot): void {
    this.#metrics.retain(
      "listener",
      memcache.map((listener) => listener.name),
    );
    this.#metrics.retain("pool", Object.keys(pools));
    this.#metrics.retain("server", serverKeys(pools));
  }
}

function serverKeys(pools: Snapshot["pools"]): string[] {
  return Object.values(pools).flatMap((pool) =>
    pool.servers.map((server) => metricKey(pool.name, server.id)),
  );
}

/** A unix socket cannot be shared by SO_REUSEPORT, so the first worker alone listens on it. */
function forWorker(snapshot: Snapshot, index: number): Snapshot {
  if (index === 0) return snapshot;
  return { ...snapshot, memcache: snapshot.memcache.filter((listener) => "port" in listener.listen) };
}
