import type { EventEmitter } from "node:events";
import { type AdminServer, startAdmin, startProbes } from "./admin/admin-server.ts";
import { adminAnswers } from "./answers/admin-answers.ts";
import type { Config } from "./config/config.ts";
import { type ConfigError, formatConfigError } from "./config/config-error.ts";
import { type Address, formatAddress } from "./core/address.ts";
import { type Cancel, systemClock as clock } from "./core/clock.ts";
import { compileAddressCheck } from "./core/compile-address-check.ts";
import { explainListen } from "./core/explain-listen.ts";
import { watchFile } from "./core/file-watch.ts";
import { loadHttp } from "./core/lazy-builtins.ts";
import { shrinkHeap } from "./core/shrink-heap.ts";
import { version } from "./core/version.ts";
import type { ConfigDocument } from "./lifecycle/config-history.ts";
import { DaemonLife } from "./lifecycle/daemon-life.ts";
import { hookCall } from "./lifecycle/hook-call.ts";
import type { HookOptions } from "./lifecycle/hook-options.ts";
import type { Lifecycle } from "./lifecycle/lifecycle.ts";
import { cgroupReader } from "./lifecycle/overload/cgroup.ts";
import { EventLoopLag } from "./lifecycle/overload/event-loop-lag.ts";
import { Overload } from "./lifecycle/overload/overload.ts";
import { threadLoops } from "./lifecycle/overload/thread-loops.ts";
import { Reloader, type ReloadParts } from "./lifecycle/reload.ts";
import { type ServiceManager, serviceManager } from "./lifecycle/service-manager.ts";
import { handleSignals } from "./lifecycle/signals.ts";
import { logCrash } from "./observe/crash-log.ts";
import { type Logger, type LogOutput, startLogger } from "./observe/logger.ts";
import { MetricRegistry } from "./observe/metric-registry.ts";
import { ProcessMetrics, processUsage } from "./observe/process-metrics.ts";
import { RecentLog } from "./observe/recent-log.ts";
import { TrafficHistory } from "./observe/traffic-history.ts";
import { Ambassador, type AmbassadorContext, type BoundListener } from "./roles/ambassador/ambassador.ts";
import { AppInterface } from "./roles/app/app-interface.ts";
import { openTalk } from "./roles/app/open-talk.ts";
import type { KubernetesAccess } from "./upstream/discovery/kubernetes/kubernetes-access.ts";
import type { ThreadStarter } from "./workers/thread-starter.ts";
import { machineWorkers } from "./workers/worker-count.ts";

/** Where the configuration comes from, each time that it is read. */
export interface ConfigSource {
  /** For people: the file's name, or what stands in for one. */
  readonly origin: string;
  /** File whose change is a reload; null where there is none. */
  readonly file: string | null;
  /** Reads the file, or `document`, which has come over HTTP and is called `name` in messages. */
  read(document?: ConfigDocument, name?: string): Promise<ConfigReading>;
}

/** A configuration, or all that is wrong with it; with what it was read from, if that could be read. */
export type ConfigReading =
  | {
      readonly ok: true;
      readonly config: Config;
      readonly document: ConfigDocument;
      /** What of the file is left out. */
      readonly warnings: readonly ConfigError[];
    }
  | {
      readonly ok: false;
      readonly errors: readonly ConfigError[];
      readonly document: ConfigDocument | undefined;
    };

export interface AppOptions {
  /** The first configuration. */
  readonly reading: ConfigReading & { readonly ok: true };
  /** Where later versions of the configuration come from. */
  readonly source: ConfigSource;
  /** What commands that the daemon runs see. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How servers are found that the configuration does not list. */
  readonly discovery: AmbassadorContext["discovery"];
  readonly threads: ThreadStarter;
  readonly logTo: LogOutput;
  /** What signals arrive at: `process`. */
  readonly signals: EventEmitter;
  /** Leaves the process at once. */
  exit(code: number): void;
}

/** What the daemon is made of. */
export interface AppParts {
  readonly source: ConfigSource;
  readonly ambassador: Ambassador;
  readonly app: AppInterface<HookOptions>;
  readonly logger: Logger;
  readonly metrics: MetricRegistry;
  readonly processMetrics: ProcessMetrics;
  readonly history: TrafficHistory;
  readonly life: DaemonLife;
  readonly lifecycle: Lifecycle;
  readonly overload: Overload;
  readonly env: AppOptions["env"];
  /** How the API server of the cluster is reached. */
  readonly kubernetes: KubernetesAccess;
}

/** The daemon, running. */
export interface App {
  /** Where the management interface listens. */
  readonly admin: Address;
  /** Where the app connects, by listener. */
  readonly listeners: readonly BoundListener[];
  /** Resolves when the daemon has drained and closed everything. */
  readonly stopped: Promise<void>;
}

/** Does what every start needs and no configuration changes, for the time until one has been read. */
export function prepareStart(): void {
  loadHttp();
  compileAddressCheck();
  // The first reading of a clock loads it.
  clock.now();
}

/** From a configuration to a running daemon. Rejects, with nothing left open, if it cannot start. */
export async function startApp(options: AppOptions): Promise<App> {
  const { reading, source, env, discovery, threads, logTo, signals, exit } = options;
  const { config, document } = reading;
  const logger = startLogger({
    level: config.log.level,
    clock,
    recent: new RecentLog(),
    output: logTo,
  });
  for (const warning of reading.warnings) {
    logger.log("warn", { warning: formatConfigError(warning) }, "part of the configuration file is left out");
  }
  const metrics = new MetricRegistry();
  const processMetrics = new ProcessMetrics(metrics, version);
  const ambassador = new Ambassador({
    thread: (index) => threads.start(index),
    workers: config.workers === "auto" ? machineWorkers() : config.workers,
    workerTimeout: () => reloader.config.workerTimeout,
    clock,
    metrics,
    log: logger.child("ambassador"),
    access: (entries) => logger.access(entries),
    discovery,
  });
  const history = new TrafficHistory({
    metrics,
    clock,
    recent: ambassador.recent,
    usage: processUsage,
  });
  const app = new AppInterface<HookOptions>({
    clock,
    metrics,
    log: logger.child("app"),
    talk: openTalk(env, clock),
  });
  const manager = serviceManager({ env, clock, log: logger.child("lifecycle") });
  const life = new DaemonLife({
    plane: ambassador,
    clock,
    log: logger.child("lifecycle"),
    metrics,
    callHook: hookCall(env, clock),
    onStop: () => manager.stopping(),
    settings() {
      const { lifecycle } = reloader.config;
      return { ...lifecycle, hooks: [...lifecycle.hooks, ...app.inForce.hooks] };
    },
  });
  const { lifecycle, ending, hooks } = life;
  const { kubernetes } = discovery;
  const loops = new EventLoopLag();
  const overload = new Overload({
    plane: ambassador,
    clock,
    log: logger.child("overload"),
    metrics,
    settings: () => reloader.config.overload,
    cgroup: cgroupReader(),
    // Workers that have drained and ended are not late.
    lag: (now) => loops.look(ambassador.workers.up > 0 ? threadLoops(metrics) : [], now),
    warn: (warning) => life.warnOfMemory(warning),
  });
  const parts = {
    source,
    ambassador,
    app,
    logger,
    metrics,
    processMetrics,
    history,
    life,
    lifecycle,
    overload,
    env,
    kubernetes,
  };
  const { origin } = source;
  const reloader = new Reloader(reloadParts(parts, manager), {
    config,
    version: config.snapshot.version,
    document,
    origin,
  });
  // The last line of the log is that all else is closed.
  const stopped = ending.stopped.then(() => logger.close());
  const exitAtOnce = (code: number): void => {
    // What runs in process groups of their own would outlive the daemon.
    hooks.cancel("the daemon exits at once");
    exit(code);
  };
  logCrash(signals, logger, exitAtOnce);
  const begun = Promise.withResolvers<void>();
  // Before anything is open: a container's first process ignores what it does not handle.
  handleSignals(signals, {
    stop: (signal) => ending.stop(signal),
    exit: exitAtOnce,
    reload: () => void begun.promise.then(() => reloader.reload("SIGHUP")),
    turnLog: (step) => void logger.levels.turn(step),
    ignored: (signal) => logger.log("info", { signal }, "this signal has no meaning to podmate"),
  });

  ending.add(() => app.close());
  ending.add(watchSource(source, reloader, logger));
  ending.add(processMetrics.watch(clock));
  ending.add(history.watch());
  ending.add(overload.watch());

  try {
    const { listen, probes } = config.admin;
    const answers = adminAnswers({ ...parts, reloader });
    const admin = await openAdmin(listen, () => startAdmin(listen, answers));
    ending.add(() => admin.close());
    const prober = probes && (await openAdmin(probes, () => startProbes(probes, answers)));
    if (prober !== null) ending.add(() => prober.close());
    await reloader.start();
    begun.resolve();
    lifecycle.on("started", "the listeners are open");
    const listeners = ambassador.listeners.map(({ listen }) => formatAddress(listen));
    const places = {
      admin: formatAddress(admin.address),
      ...(prober !== null && { probes: formatAddress(prober.address) }),
    };
    logger.log("info", { version, listeners, ...places }, "podmate serves");
    manager.ready();
    // Not before: what the start has left behind is to delay nobody.
    clock.after(0, shrinkHeap);
    return { admin: admin.address, listeners: ambassador.listeners, stopped };
  } catch (error) {
    // A signal in the middle of the start ends it, and is no failure.
    if (lifecycle.state !== "starting") return { admin: config.admin.listen, listeners: [], stopped };
    await ending.abandon("the start failed");
    throw error;
  }
}

/** What a reload does: check → diff → apply → report. */
function reloadParts(parts: AppParts, manager: ServiceManager): ReloadParts<Config> {
  const { source, ambassador, app, logger, processMetrics, lifecycle } = parts;
  return {
    async check(version, given, name) {
      const { state } = lifecycle;
      if (state === "draining" || state === "stopped")
        return { errors: [`the daemon is ${state}`], document: undefined };
      const reading = await (given === null ? source.read() : source.read(given, name));
      const { document } = reading;
      if (!reading.ok) return { errors: reading.errors.map(formatConfigError), document };
      const { config, warnings } = reading;
      const notes = warnings.map(formatConfigError);
      return {
        config: { ...config, snapshot: { ...config.snapshot, version } },
        document: reading.document,
        notes,
      };
    },
    async diff(before, after) {
      // Loaded only now, as all that a daemon can do without until it is asked for.
      const { diffConfig } = await import("./config/diff-config.ts");
      return diffConfig(before, after);
    },
    async apply(config) {
      if (lifecycle.state !== "starting") manager.reloading();
      await ambassador.apply(config.snapshot);
      app.apply(config.app);
      logger.levels.configure(config.log.level);
      processMetrics.applied(config.snapshot.version, clock.wall());
    },
    report(result) {
      processMetrics.reloaded(result.ok ? "ok" : "failed");
      manager.ready();
      if (result.ok) logger.log("info", { ...result }, "configuration reloaded");
      else logger.log("error", { ...result }, "configuration not reloaded, the old one stays in force");
    },
    now: () => clock.wall(),
  };
}

function openAdmin(listen: Address, start: () => Promise<AdminServer>): Promise<AdminServer> {
  return start().catch((error) => {
    throw new Error(explainListen(listen, error), { cause: error });
  });
}

function watchSource({ file }: ConfigSource, reloader: Reloader<Config>, logger: Logger): Cancel {
  if (file === null) return () => {};
  return watchFile(
    file,
    clock,
    () => void reloader.reload("the file has changed"),
    (err) => logger.log("warn", { err }, "the configuration file is not watched, reload it by SIGHUP"),
  );
}
