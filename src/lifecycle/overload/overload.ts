import type { Cancel, Clock } from "../../core/clock.ts";
import type { LogFunction } from "../../observe/log-level.ts";
import type { MetricRegistry } from "../../observe/metric-registry.ts";
import { type Assessment, assess, explain, type SignalState, unassessed } from "./assessment.ts";
import type { CgroupReading, MemoryUse } from "./cgroup.ts";
import { MemoryWarnings } from "./memory-warnings.ts";
import { OverloadMetrics } from "./overload-metrics.ts";
import type { OverloadOptions } from "./overload-options.ts";
import { higher, pressureAt, Shedding, type ShedLevel } from "./shedding.ts";

/** Memory has come to a threshold. */
export interface MemoryWarning extends MemoryUse {
  /** In percent of the limit. */
  readonly threshold: number;
  /** For people. */
  readonly reason: string;
}

export interface OverloadParts {
  /** What refuses requests by their priority. */
  readonly plane: { setPressure(pressure: number, yielded: number): void };
  readonly clock: Clock;
  readonly log: LogFunction;
  readonly metrics: MetricRegistry;
  /** What is in force; null: nothing is looked at. */
  settings(): OverloadOptions | null;
  /** Reads the cgroup; `folder` is null where it is to be found. Never rejects. */
  cgroup(folder: string | null): Promise<CgroupReading>;
  /** How late the event loops are, in ms; see `EventLoopLag`. */
  lag(now: number): number;
  /** Takes a warning before the memory is at its end. */
  warn(warning: MemoryWarning): void;
}

/** That somebody has asked for requests to be refused. */
export interface Yielding {
  /** The highest priority that is refused. */
  readonly level: Exclude<ShedLevel, "none">;
  readonly reason: string;
  /** Unix time in ms at which it ends on its own. */
  readonly until: number;
}

/** What is refused now, and why. */
export interface OverloadState {
  readonly level: ShedLevel;
  /** What has led to it; empty before the first change. */
  readonly reason: string;
  /** Unix time in ms since when; null before the first change. */
  readonly since: number | null;
  /** From 0 to 0.9, what the worst signal says; 0 where nothing is looked at. */
  readonly pressure: number;
  readonly signals: readonly SignalState[];
  readonly memory: MemoryUse | null;
  readonly yielding: Yielding | null;
}

/** How often the signals are looked at, in ms: as often as readiness probes, and cheap enough for an idle pod. */
export const lookEvery = 1_000;

/**
 * Has the lowest priorities refused first, when what the data plane itself cannot see comes to its end, or when a
 * manager asks for it.
 *
 *     event loops, cgroup ─▶ assess ─▶ Shedding (hysteresis) ─┐
 *                                                             ├─ setPressure ─▶ workers: the higher counts
 *                                  POST /lifecycle/yield ─────┘
 */
export class Overload {
  readonly #parts: OverloadParts;
  readonly #metrics: OverloadMetrics;
  readonly #warnings = new MemoryWarnings();
  #shedding = new Shedding();
  #assessment: Assessment = unassessed;
  #memory: MemoryUse | null = null;
  #yielding: Yielding | null = null;
  #endYield: Cancel = () => {};
  #level: ShedLevel = "none";
  /** What the workers were told last: the level of overload, and that of the yield. */
  #told: readonly [ShedLevel, ShedLevel] = ["none", "none"];
  #reason = "";
  #since: number | null = null;

  constructor(parts: OverloadParts) {
    this.#parts = parts;
    this.#metrics = new OverloadMetrics(parts.metrics);
  }

  /** Looks again and again, until cancelled. */
  watch(): Cancel {
    const { clock } = this.#parts;
    let ended = false;
    let cancel: Cancel = () => {};
    const lookLater = (): void => {
      cancel = clock.after(lookEvery, async () => {
        await this.look();
        if (!ended) lookLater();
      });
    };
    lookLater();
    return () => {
      ended = true;
      cancel();
      this.#endYield();
    };
  }

  /** Reads all signals once, and acts by them. */
  async look(): Promise<void> {
    const { settings, cgroup, lag, clock } = this.#parts;
    const now = clock.now();
    const delay = lag(now);
    const options = settings();
    if (options === null) this.#forget();
    else {
      const { memory, cpuPressure, memoryPressure } = await cgroup(options.cgroup);
      const percent = memory && (100 * memory.used) / memory.limit;
      const readings = {
        event_loop_delay: delay,
        cpu_pressure: cpuPressure,
        memory_pressure: memoryPressure,
        memory: percent,
      };
      this.#assessment = assess(readings, options);
      this.#memory = memory;
      this.#shedding.on(this.#assessment.pressure, now, options.calm);
      this.#warn(percent, options);
    }
    this.#metrics.assessed(this.#assessment, this.#memory);
    this.#settle(explain(this.#assessment));
  }

  /** Refuses requests up to a priority, for `lasts` ms; another such order takes its place. */
  yield(level: Yielding["level"], lasts: number, reason: string): void {
    const { clock } = this.#parts;
    this.#endYield();
    this.#endYield = clock.after(lasts, () => this.endYield("the time to yield is over"));
    this.#yielding = { level, reason, until: clock.wall() + lasts };
    this.#metrics.yields();
    this.#settle(reason);
  }

  /** False if nobody had asked for it. */
  endYield(reason: string): boolean {
    if (this.#yielding === null) return false;
    this.#endYield();
    this.#yielding = null;
    this.#settle(reason);
    return true;
  }

  get state(): OverloadState {
    const { pressure, signals } = this.#assessment;
    return {
      level: this.#level,
      reason: this.#reason,
      since: this.#since,
      pressure,
      signals,
      memory: this.#memory,
      yielding: this.#yielding,
    };
  }

  #forget(): void {
    this.#shedding = new Shedding();
    this.#assessment = unassessed;
    this.#memory = null;
  }

  #settle(reason: string): void {
    const own = this.#shedding.level;
    const asked = this.#yielding?.level ?? "none";
    this.#tell(own, asked);
    const level = higher(own, asked);
    if (level === this.#level) return;
    const { log, clock } = this.#parts;
    const rises = higher(level, this.#level) === level;
    this.#metrics.changed(this.#level, level);
    this.#level = level;
    this.#reason = reason;
    this.#since = clock.wall();
    const fields = { refused: level, reason, pressure: this.#assessment.pressure };
    if (rises) log("warn", fields, "requests are refused by their priority");
    else log("info", fields, "fewer requests are refused by their priority");
  }

  /** Apart, so that who is refused is told for which of the two. */
  #tell(own: ShedLevel, asked: ShedLevel): void {
    if (own === this.#told[0] && asked === this.#told[1]) return;
    this.#told = [own, asked];
    this.#parts.plane.setPressure(pressureAt[own], pressureAt[asked]);
  }

  #warn(percent: number | null, { memory_warnings }: OverloadOptions): void {
    const threshold = this.#warnings.on(percent, memory_warnings);
    if (threshold === null || this.#memory === null || percent === null) return;
    const { log, warn } = this.#parts;
    const { used, limit } = this.#memory;
    const reason = `memory in use is at ${Math.floor(percent)} % of its limit`;
    this.#metrics.warned();
    const fields = { threshold_percent: threshold, used_bytes: used, limit_bytes: limit, reason };
    log("warn", fields, "memory nears its limit");
    warn({ threshold, used, limit, reason });
  }
}
