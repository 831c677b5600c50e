import type { Clock } from "../core/clock.ts";
import type { LogFunction } from "../observe/log-level.ts";
import type { MetricRegistry } from "../observe/metric-registry.ts";
import { Ending } from "./ending.ts";
import type { MemoryNews } from "./hook-news.ts";
import type { HookOptions } from "./hook-options.ts";
import { type HookCall, type HookRun, Hooks } from "./hooks.ts";
import { Lifecycle, type LifecycleChange } from "./lifecycle.ts";
import { LifecycleMetrics } from "./lifecycle-metrics.ts";
import { type Pausable, Pausing } from "./pausing.ts";
import type { Draining, ShutdownSettings } from "./shutdown.ts";

/** What may be set of a daemon's life; times in ms. */
export interface LifeSettings extends ShutdownSettings {
  /** Longest time that a drain takes. */
  readonly drain: number;
  /** Longest pause. */
  readonly pause_limit: number;
  /** Longest time for which a manager may have requests refused. */
  readonly yield_limit: number;
  readonly hooks: readonly HookOptions[];
}

export interface LifeParts {
  readonly plane: Draining & Pausable;
  readonly clock: Clock;
  readonly log: LogFunction;
  readonly metrics: MetricRegistry;
  readonly callHook: HookCall;
  /** What is in force. */
  settings(): LifeSettings;
  /** The daemon is going to end, once. */
  readonly onStop?: (() => void) | undefined;
}

/** The state machine, with all that follows it: the pause, the end, the hooks, the log and the metrics. */
export class DaemonLife {
  readonly lifecycle: Lifecycle;
  readonly hooks: Hooks;
  readonly ending: Ending;
  readonly settings: () => LifeSettings;
  readonly #pausing: Pausing;
  readonly #metrics: LifecycleMetrics;
  readonly #log: LogFunction;
  readonly #clock: Clock;

  constructor({ plane, clock, log, metrics, callHook, settings, onStop }: LifeParts) {
    this.settings = settings;
    this.#log = log;
    this.#clock = clock;
    this.#metrics = new LifecycleMetrics(metrics);
    this.#pausing = new Pausing(plane, clock);
    this.hooks = new Hooks({
      clock,
      settings: () => settings().hooks,
      call: callHook,
      report: (run) => this.#told(run),
    });
    this.lifecycle = new Lifecycle(
      () => clock.wall(),
      (change) => this.#changed(change),
    );
    this.ending = new Ending({
      lifecycle: this.lifecycle,
      plane,
      hooks: this.hooks,
      clock,
      settings,
      onStop,
    });
  }

  /** Holds new requests, for `lasts` ms at most, by default as long as the settings allow. */
  pause(reason: string, lasts = this.settings().pause_limit): boolean {
    return this.lifecycle.on("pause", reason, Math.min(lasts, this.settings().pause_limit));
  }

  resume(reason: string): boolean {
    return this.lifecycle.on("resume", reason);
  }

  /** Tells the hooks that memory nears its limit. */
  warnOfMemory({ reason, used, limit }: { readonly reason: string } & MemoryNews): void {
    const { state } = this.lifecycle;
    const at = this.#clock.wall();
    this.hooks.tell({ event: "memory", state, from: state, reason, at, memory: { used, limit } });
  }

  #changed(change: LifecycleChange): void {
    const { from, to, reason, at, lasts, deadline } = change;
    this.#log("info", { from, to, reason, lasts_ms: lasts }, "the daemon changes state");
    this.#metrics.changed(change);
    this.#pausing.follow(change, this.lifecycle);
    if (to === "starting") return;
    const news = { event: to, state: to, from, reason, at };
    this.hooks.tell(deadline === undefined ? news : { ...news, deadline });
  }

  #told(run: HookRun): void {
    const { hook, news, result, error, duration } = run;
    this.#metrics.told(run, this.settings().hooks);
    const fields = { hook, event: news.event, result, error, duration_ms: Math.round(duration) };
    if (result === "ok") this.#log("info", fields, "hook told");
    else this.#log("warn", fields, "hook not told");
  }
}
