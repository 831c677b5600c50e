import type { Readable } from "node:stream";
import type { Worker } from "node:worker_threads";
import type { Address } from "../../core/address.ts";
import type { Clock } from "../../core/clock.ts";
import type { Coalescer } from "../../core/coalescer.ts";
import type { ComponentHealth } from "../../core/component-health.ts";
import type { AccessEntry } from "../../observe/access-entry.ts";
import type { LogFunction, LogLevel } from "../../observe/log-level.ts";
import { metricKey } from "../../observe/metric-key.ts";
import { WORKER } from "../../observe/metric-layout.ts";
import type { MetricRegistry } from "../../observe/metric-registry.ts";
import type { Entity } from "../../observe/metric-table.ts";
import { RecentLatency } from "../../observe/recent-latency.ts";
import type { Inspection } from "../../observe/thread-inspector.ts";
import type { DataPlaneSettings } from "../../proxy/data-plane-host.ts";
import type { Snapshot } from "../../proxy/listener-options.ts";
import type { DiscoverySet, Sources } from "../../upstream/discovery/discovery-set.ts";
import type { ReadServers } from "../../upstream/discovery/file-discovery.ts";
import type { KubernetesAccess } from "../../upstream/discovery/kubernetes/kubernetes-access.ts";
import type { ServerReport, ServerUpdate } from "../../upstream/health/server-report.ts";
import { type Lookups, systemLookups } from "../../upstream/lookups.ts";
import type { PoolOptions, ServerOptions } from "../../upstream/pool-options.ts";
import type { Load } from "../../workers/messages.ts";
import { WorkerGroup } from "../../workers/worker-group.ts";
import { ambassadorHealth } from "./ambassador-health.ts";
import { type ConnectionPage, connectionPage, type PageQuery } from "./connection-page.ts";
import { ControlCounts } from "./control-counts.ts";
import { discoverySet, gathering } from "./found-servers.ts";
import { hotKeyViews } from "./hot-key-view.ts";
import { keyHolders } from "./key-holders.ts";
import { ListenerPorts } from "./listener-ports.ts";
import { listenerViews } from "./listener-view.ts";
import { OpenFiles } from "./open-files.ts";
import { poolView } from "./pool-view.ts";
import type { RingLayoutView } from "./ring-layout-view.ts";
import type { RingPreview } from "./ring-preview.ts";
import type { RingView } from "./ring-view.ts";
import { type ServerChange, type ServerOverride, ServerOverrides } from "./server-overrides.ts";
import { holdsKeys, serviceState } from "./service-state.ts";
import { type UpstreamState, UpstreamSupervisor } from "./upstream-supervisor.ts";

/** What the ambassador needs from the daemon. */
export interface AmbassadorContext {
  /** Starts the data-plane thread of a worker. */
  thread(index: number): Worker;
  readonly workers: number;
  /** How long a worker may not come back to its event loop before it is replaced, in ms; 0: for ever. */
  workerTimeout(): number;
  readonly clock: Clock;
  readonly metrics: MetricRegistry;
  readonly log: LogFunction;
  /** Takes lines of the access log. */
  access(entries: readonly AccessEntry[]): void;
  /** How servers are found that the configuration does not list. */
  readonly discovery: {
    readonly readServers: ReadServers;
    readonly kubernetes: KubernetesAccess;
    /** The system's if absent. */
    readonly lookups?: Lookups;
  };
}

/** Where the app connects. */
export interface BoundListener {
  readonly name: string;
  readonly listen: Address;
  readonly protocol: "memcache" | "http";
}

/** The ambassador: listeners for memcache and HTTP in worker threads, in front of pools of servers. */
export class Ambassador {
  readonly name = "ambassador";
  readonly #group: WorkerGroup<Snapshot, ServerUpdate, ServerReport>;
  readonly #supervisor: UpstreamSupervisor;
  readonly #discovery: DiscoverySet;
  readonly #refresh: Coalescer;
  readonly #ports = new ListenerPorts();
  readonly #metrics: MetricRegistry;
  readonly #counts: ControlCounts;
  /** How long answers took of late; to be looked at every few seconds. */
  readonly recent: RecentLatency;
  /** What is in force. */
  #snapshot: Snapshot | null = null;
  /** The same without what was asked of single servers. */
  #base: Snapshot | null = null;
  #overrides = new ServerOverrides();
  readonly #clock: Clock;
  readonly #log: LogFunction;
  /** What takes snapshots into force, one after the other. */
  #turn: Promise<void> = Promise.resolve();
  #ending = false;
  readonly #openFiles: OpenFiles;

  constructor({ thread, workers, workerTimeout, clock, metrics, log, access, discovery }: AmbassadorContext) {
    const { lookups = systemLookups, readServers, kubernetes } = discovery;
    this.#metrics = metrics;
    this.#counts = new ControlCounts(metrics);
    this.recent = new RecentLatency(() => clock.now());
    this.#clock = clock;
    this.#log = log;
    this.#openFiles = new OpenFiles(log);
    this.#discovery = discoverySet({
      tools: { clock, log, lookups, readServers, kubernetes, random: Math.random },
      onChange: () => this.#refresh.ask(),
    });
    this.#refresh = gathering({ clock, log, run: () => this.#inTurn(() => this.#takeFound()) });
    this.#supervisor = new UpstreamSupervisor({
      clock,
      lookups,
      log,
      update: (update) => this.#group.update([update]),
    });
    this.#group = new WorkerGroup({
      count: workers,
      clock,
      thread,
      settings: { reusePort: workers > 1 } satisfies DataPlaneSettings,
      tailor: forWorker,
      catchUp: () => this.#supervisor.current(),
      onReport: (report) => this.#supervisor.report(report),
      onAccess: access,
      onLog: (level, fields, message, index) => log(level as LogLevel, { worker: index, ...fields }, message),
      onBlock: (entity, key, block, index) => metrics.adopt(entity as Entity, key, index, block),
      timeout: workerTimeout,
      onStuck: (index, silence, stack) => {
        metrics.block("worker", String(index))[WORKER.stuck]! += 1;
        log(
          "error",
          { worker: index, silent_ms: silence, stack: stack ?? "not to be had: not in JavaScript" },
          "worker is stuck: it does not come back to its event loop, and is replaced",
        );
      },
      onBack: (index) => log("warn", { worker: index }, "worker has come back by itself, and stays"),
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
    for (const { index, silence } of this.#group.silent)
      reasons.push(`worker ${index} has not come back to its event loop for ${silence} ms`);
    return reasons;
  }

  /** How its workers, pools and listeners are. */
  health(): ComponentHealth[] {
    const states = this.#states();
    return ambassadorHealth({
      snapshot: this.#snapshot,
      workers: this.workers,
      stateOf: (pool, server) => serviceState(server, states.get(metricKey(pool, server.id))),
      discoveryOf: (pool) => this.#discovery.state(pool),
    });
  }

  /** What is in force, with the ports that listeners have got; null before the first `apply`. */
  get snapshot(): Snapshot | null {
    return this.#snapshot;
  }

  /** The listeners as they are bound now. */
  get listeners(): readonly BoundListener[] {
    const { memcache = [], http = [] } = this.#snapshot ?? {};
    return [
      ...memcache.map(({ name, listen }) => ({ name, listen, protocol: "memcache" as const })),
      ...http.map(({ name, listen }) => ({ name, listen, protocol: "http" as const })),
    ];
  }

  /** The listeners in numbers, with their routes. */
  listenerViews(): ReturnType<typeof listenerViews> {
    return listenerViews(this.#snapshot, this.#metrics);
  }

  /** Threads that run now, out of how many there should be. */
  get workers(): { readonly up: number; readonly of: number } {
    return this.#group.running;
  }

  /**
   * Takes a snapshot into force in all workers, or rejects with the reason and leaves the old one in force. Pools that have
   * their servers found are waited for, but not long.
   */
  apply(wanted: Snapshot): Promise<void> {
    return this.#inTurn(() => this.#replace(wanted));
  }

  /** What is in force for a pool; undefined if there is none of that name, which can be anything, `constructor` too. */
  pool(name: string): PoolOptions | undefined {
    const pools = this.#snapshot?.pools ?? {};
    return Object.hasOwn(pools, name) ? pools[name] : undefined;
  }

  /** All pools, with their numbers for who asks for them. */
  pools(): ReturnType<typeof poolView>[] {
    const states = this.#states();
    return Object.values(this.#snapshot?.pools ?? {}).map((pool) =>
      poolView(
        pool,
        this.#metrics,
        this.recent,
        (server) => serviceState(server, states.get(metricKey(pool.name, server.id))),
        this.#discovery.state(pool.name),
        (server) => this.#overrides.view(pool.name, server, this.#base?.pools),
      ),
    );
  }

  /** What was asked of single servers, and lies over the configuration. */
  get overrides(): readonly ServerOverride[] {
    return this.#overrides.all;
  }

  /**
   * Has a server of a pool drain, take requests, or weigh what is not configured. Rejects with the reason if that
   * cannot be applied; the pool and the server must be there.
   */
  changeServer(pool: string, server: string, change: ServerChange): Promise<void> {
    return this.#inTurn(async () => {
      const base = this.#base;
      if (base?.pools[pool]?.servers.some(({ id }) => id === server) !== true)
        throw new Error(`pool ${pool} has no server "${server}" any more`);
      if (this.#ending) throw new Error("the daemon is ending");
      await this.#enforce(base, this.#overrides.with({ pool, server, ...change, since: this.#clock.wall() }));
      this.#log("info", { pool, server, ...change }, "server changed by hand");
    });
  }

  /** What would move if `servers` took the place of the pool's; undefined if there is no such pool. */
  async preview(pool: string, servers: readonly ServerOptions[]): Promise<RingPreview | undefined> {
    const options = this.pool(pool);
    if (options === undefined) return undefined;
    const { ringPreview } = await import("./ring-preview.ts");
    const states = this.#states();
    return ringPreview(options, servers, (server) =>
      holdsKeys(options, server, states.get(metricKey(pool, server.id))),
    );
  }

  /** Who owns a key of a pool, and why; undefined if there is no such pool. */
  async ring(pool: string, key: string): Promise<RingView | undefined> {
    const options = this.pool(pool);
    if (options === undefined) return undefined;
    // The rings themselves are the workers' business.
    const { ringView } = await import("./ring-view.ts");
    return ringView(options, key, this.#keyHolders(options));
  }

  /** The ring of a pool, as it is drawn; undefined if there is no such pool. */
  async layout(pool: string): Promise<RingLayoutView | undefined> {
    const options = this.pool(pool);
    if (options === undefined) return undefined;
    const { ringLayoutView } = await import("./ring-layout-view.ts");
    return ringLayoutView(options, this.#keyHolders(options));
  }

  /** A page of the open connections; see `connectionPage`. */
  connections(query: PageQuery): Promise<ConnectionPage> {
    return connectionPage(query, this.workers.of, this.#clock.wall(), (worker, asked) =>
      this.#group.connections(worker, asked),
    );
  }

  /** The most requested keys of the pools that have them counted. */
  async hotKeys(): Promise<ReturnType<typeof hotKeyViews>> {
    const pools = Object.values(this.#snapshot?.pools ?? {});
    // Nobody is asked for what nobody counts.
    const counted = pools.some(({ hot_keys }) => hot_keys > 0);
    return hotKeyViews(pools, counted ? await this.#group.hotKeys() : []);
  }

  /** Looks at the thread of a worker; see `inspectThread`. */
  inspect(worker: number, inspection: Inspection): Promise<unknown> {
    return this.#group.inspect(worker, inspection);
  }

  /** What is on the heap of a worker's thread, in V8's format. */
  heapSnapshot(worker: number): Promise<Readable> {
    return this.#group.heapSnapshot(worker);
  }

  /** Brings the metrics that the control plane keeps up to date; call before a scrape. */
  updateMetrics(): void {
    this.#counts.update({
      snapshot: this.#snapshot,
      states: this.#states(),
      discoveryOf: (pool) => this.#discovery.state(pool),
      times: this.#group.takeTimes(),
    });
  }

  /** See `DataPlaneControl`. */
  setPressure(pressure: number, yielded: number): void {
    this.#group.setPressure(pressure, yielded);
  }

  pause(): void {
    this.#group.pause();
  }

  resume(): void {
    this.#group.resume();
  }

  /** What the workers carry now, and how many clients they have accepted since the start. */
  async load(): Promise<Load & { readonly accepted: number }> {
    return { ...(await this.#group.load()), accepted: this.#counts.accepted(this.listeners) };
  }

  async drain(): Promise<void> {
    await this.#stopFinding();
    await this.#group.drain();
  }

  async close(): Promise<void> {
    await this.#stopFinding();
    await Promise.all([this.#supervisor.close(), this.#group.close()]);
  }

  #inTurn(take: () => Promise<void>): Promise<void> {
    const taken = this.#turn.then(take);
    this.#turn = taken.catch(() => {});
    return taken;
  }

  async #replace(wanted: Snapshot): Promise<void> {
    const sources = await this.#ports.open(wanted, (settled) => this.#take(settled));
    await this.#discovery.commit(sources);
  }

  async #take(settled: Snapshot): Promise<Sources> {
    const sources = await this.#discovery.prepare(settled.pools, this.#base?.pools ?? {});
    try {
      if (this.#ending) throw new Error("the daemon is ending");
      await this.#enforce({ ...settled, pools: this.#discovery.fill(settled.pools, sources) });
    } catch (error) {
      await this.#discovery.abandon(sources);
      throw error;
    }
    return sources;
  }

  /** The version stays: it is the configuration's, which has not changed. */
  async #takeFound(): Promise<void> {
    if (this.#base === null || this.#ending) return;
    const pools = this.#discovery.fill(this.#base.pools);
    if (pools !== this.#base.pools) await this.#enforce({ ...this.#base, pools });
  }

  async #enforce(base: Snapshot, overrides = this.#overrides): Promise<void> {
    const kept = overrides.keptFor(base.pools);
    const snapshot = { ...base, pools: kept.over(base.pools) };
    await this.#group.apply(this.#openFiles.within(snapshot, this.workers.of));
    this.#base = base;
    this.#overrides = kept;
    this.#snapshot = snapshot;
    this.#supervisor.configure(Object.values(snapshot.pools));
    for (const [entity, keys] of this.#counts.forget(snapshot)) this.#group.forget(entity, keys);
  }

  /** A snapshot that came now would open listeners that are being closed. */
  async #stopFinding(): Promise<void> {
    this.#ending = true;
    await Promise.all([this.#refresh.close(), this.#discovery.close()]);
  }

  #keyHolders(pool: PoolOptions): boolean[] {
    const states = this.#states();
    const stateOf = (server: ServerOptions) => states.get(metricKey(pool.name, server.id));
    return keyHolders(
      pool,
      pool.servers.map((server) => serviceState(server, stateOf(server)).state),
    );
  }

  #states(): Map<string, UpstreamState> {
    return new Map(this.#supervisor.states().map((state) => [metricKey(state.pool, state.server), state]));
  }
}

/** A unix socket cannot be shared by SO_REUSEPORT, so the first worker alone listens on it. */
function forWorker(snapshot: Snapshot, index: number): Snapshot {
  if (index === 0) return snapshot;
  const isShared = ({ listen }: { readonly listen: Address }): boolean => "port" in listen;
  const { memcache, http = [] } = snapshot;
  return { ...snapshot, memcache: memcache.filter(isShared), http: http.filter(isShared) };
}
