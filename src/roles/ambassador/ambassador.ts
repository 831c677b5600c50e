import type { Clock } from "../../core/clock.ts";
import type { LogFunction, LogLevel } from "../../observe/log-level.ts";
import { metricKey } from "../../observe/metric-key.ts";
import { WORKER } from "../../observe/metric-layout.ts";
import type { MetricRegistry } from "../../observe/metric-registry.ts";
import type { Entity } from "../../observe/metric-table.ts";
import type { Snapshot } from "../../proxy/listener-options.ts";
import type { ServerOptions } from "../../upstream/pool-options.ts";
import type { ServerReport, ServerUpdate } from "../../upstream/server-report.ts";
import type { Load } from "../../workers/messages.ts";
import { WorkerGroup } from "../../workers/worker-group.ts";
import { ListenerPorts } from "./listener-ports.ts";
import { poolView, type ServiceState } from "./pool-view.ts";
import { type RingView, ringView } from "./ring-view.ts";

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
  readonly #ports = new ListenerPorts();
  readonly #metrics: MetricRegistry;
  #snapshot: Snapshot | null = null;

  constructor({ entry, workers, clock, metrics, log }: AmbassadorContext) {
    this.#metrics = metrics;
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
      catchUp: () => [],
      onReport: () => {},
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
    this.#forgetMetrics(settled);
  }

  /** All pools in numbers. */
  pools(): ReturnType<typeof poolView>[] {
    return Object.values(this.#snapshot?.pools ?? {}).map((pool) =>
      poolView(pool, this.#metrics, (server) => this.#stateOf(pool.name, server)),
    );
  }

  /** Who owns a key of a pool, and why; undefined if there is no such pool. */
  ring(pool: string, key: string): RingView | undefined {
    const options = this.#snapshot?.pools[pool];
    if (options === undefined) return undefined;
    const inService = options.servers.map((server) => this.#stateOf(pool, server).state === "ready");
    return ringView(options, key, inService);
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

  drain(): Promise<void> {
    return this.#group.drain();
  }

  close(): Promise<void> {
    return this.#group.close();
  }

  #stateOf(_pool: string, server: ServerOptions): ServiceState {
    return { state: server.drain === true ? "draining" : "ready", reason: "", since_unix_ms: 0 };
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
