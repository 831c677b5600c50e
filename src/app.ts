import type { EventEmitter } from "node:events";
import { type DestinationStream, pino } from "pino";
import { adminApi } from "./admin-answers.ts";
import type { Config } from "./config/config.ts";
import { type ConfigError, formatConfigError } from "./config/config-error.ts";
import { diffConfig } from "./config/diff-config.ts";
import type { Address } from "./core/address.ts";
import { systemClock as clock } from "./core/clock.ts";
import { explainListen } from "./core/explain-listen.ts";
import { watchFile } from "./lifecycle/file-watch.ts";
import { Lifecycle } from "./lifecycle/lifecycle.ts";
import { Reloader } from "./lifecycle/reload.ts";
import { shutDown } from "./lifecycle/shutdown.ts";
import { handleSignals } from "./lifecycle/signals.ts";
import { MetricRegistry } from "./observe/metric-registry.ts";
import { Ambassador } from "./roles/ambassador/ambassador.ts";
import { threadEntry } from "./workers/thread-entry.ts";
import { machineWorkers } from "./workers/worker-count.ts";

/** Where the configuration comes from, each time that it is read. */
export interface ConfigSource {
  /** For people: the file's name, or what stands in for one. */
  readonly origin: string;
  /** File whose change is a reload; null where there is none. */
  readonly file: string | null;
  read(): ConfigReading;
}

export type ConfigReading =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

export interface AppOptions {
  readonly config: Config;
  /** Where later versions of the configuration come from. */
  readonly source: ConfigSource;
  readonly logTo: DestinationStream;
  /** What signals arrive at: `process`. */
  readonly signals: EventEmitter;
  /** Leaves the process at once. */
  exit(code: number): void;
}

/** The daemon, running. */
export interface App {
  /** Where the management interface listens. */
  readonly admin: Address;
  /** Where the app connects, by listener. */
  readonly listeners: readonly { readonly name: string; readonly listen: Address }[];
  /** Resolves when the daemon has drained and closed everything. */
  readonly stopped: Promise<void>;
}

/** From a configuration to a running daemon. Rejects, with nothing left open, if it cannot start. */
export async function startApp({ config, source, logTo, signals, exit }: AppOptions): Promise<App> {
  const log = pino({ level: config.log.level, base: null }, logTo);
  const metrics = new MetricRegistry();
  const lifecycle = new Lifecycle(
    () => clock.wall(),
    ({ from, to, reason }) => log.info({ from, to, reason }, "lifecycle"),
  );
  const ambassador = new Ambassador({
    entry: threadEntry("worker"),
    workers: config.workers === "auto" ? machineWorkers() : config.workers,
    clock,
    metrics,
    log: (level, fields, message) => log[level](fields, message),
  });
  const reloader = new Reloader<Config>(
    {
      check: async (version) => {
        const reading = source.read();
        if (!reading.ok) return { errors: reading.errors.map(formatConfigError) };
        return { config: { ...reading.config, snapshot: { ...reading.config.snapshot, version } } };
      },
      diff: (before, after) => diffConfig(before, after).map(({ text }) => text),
      apply: async (next) => {
        await ambassador.apply(next.snapshot);
        log.level = next.log.level;
      },
      report: (result) => {
        if (result.ok) log.info({ ...result }, "configuration reloaded");
        else log.error({ ...result }, "configuration not reloaded: the old one stays in force");
      },
      now: () => clock.wall(),
    },
    config,
    1,
  );
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  const open: (() => unknown)[] = [];

  async function drain(reason: string): Promise<void> {
    const { mode, drain } = reloader.config.lifecycle;
    if (!lifecycle.on("drain", reason, drain)) return;
    const outcome = await shutDown(ambassador, { mode, drain, clock });
    await closeAll(outcome === "drained" ? "all clients are gone" : "the drain deadline is over");
  }

  async function closeAll(reason: string): Promise<void> {
    for (const close of open.reverse()) await close();
    lifecycle.on("stop", reason);
    stop();
  }

  handleSignals(signals, {
    drain: (signal) => void drain(signal),
    exit,
    reload: () => void reloader.reload("SIGHUP"),
    turnLog: (step) => {
      log.level = turnedLevel(log.level, step);
    },
  });

  try {
    const api = adminApi({ ambassador, lifecycle, reloader, source, metrics, log });
    // Read only now: a third of the start's work, and the signals must be handled before it.
    const { startAdmin } = await import("./admin/admin-server.ts");
    const admin = await startAdmin(config.admin.listen, api).catch((error) => {
      throw new Error(explainListen(config.admin.listen, error), { cause: error });
    });
    open.push(() => admin.close());
    await ambassador.apply(config.snapshot);
    if (source.file !== null) {
      open.push(
        watchFile(
          source.file,
          clock,
          () => void reloader.reload("the file has changed"),
          (error) => log.warn({ err: error }, "the configuration file is not watched; use SIGHUP"),
        ),
      );
    }
    lifecycle.on("started", "the listeners are open");
    return { admin: admin.address, listeners: ambassador.snapshot?.memcache ?? [], stopped };
  } catch (error) {
    await ambassador.close();
    await closeAll("the start failed");
    throw error;
  }
}

/** The log level one step more (+1) or less (-1) detailed, at most `trace` and at least `fatal`. */
function turnedLevel(level: string, step: 1 | -1): string {
  const levels = ["fatal", "error", "warn", "info", "debug", "trace"];
  return levels[Math.max(0, Math.min(levels.length - 1, levels.indexOf(level) + step))]!;
}
