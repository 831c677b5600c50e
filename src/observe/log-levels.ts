import type { Cancel, Clock } from "../core/clock.ts";
import { type LogLevel, logLevels } from "./log-level.ts";

/** A level that somebody has set by hand. */
interface Override {
  readonly level: LogLevel;
  /** When it ends, in ms since the Unix epoch; null: when it is taken back. */
  readonly until: number | null;
  readonly cancel: Cancel;
}

/** The level of a module, or of the whole log. */
export interface LevelState {
  readonly level: LogLevel;
  /** Whether it was set by hand, and does not follow from what stands above it. */
  readonly set: boolean;
  /** When it ends, in ms since the Unix epoch; null where it has no end. */
  readonly until: number | null;
}

/** What stands for the whole log among the modules. */
const whole = "";

/**
 * Which lines are written. Three rules, the first that applies: the level set for the line's module, the level set for
 * the whole, the level of the configuration. One that was set for a time ends on its own.
 */
export class LogLevels {
  readonly #clock: Clock;
  readonly #modules = new Set<string>();
  readonly #overrides = new Map<string, Override>();
  #configured: LogLevel;

  constructor(configured: LogLevel, clock: Clock) {
    this.#configured = configured;
    this.#clock = clock;
  }

  /** Of the configuration. */
  get configured(): LogLevel {
    return this.#configured;
  }

  /** Those that have said that they log. */
  get modules(): readonly string[] {
    return [...this.#modules].sort();
  }

  addModule(module: string): void {
    this.#modules.add(module);
  }

  /** In force for a module, or, without one, for the whole. */
  state(module: string = whole): LevelState {
    const own = this.#overrides.get(module);
    if (own !== undefined) return { level: own.level, set: true, until: own.until };
    const level = this.#overrides.get(whole)?.level ?? this.#configured;
    return { level, set: false, until: null };
  }

  isEnabled(level: LogLevel, module: string): boolean {
    return logLevels.indexOf(level) >= logLevels.indexOf(this.state(module).level);
  }

  /** What the configuration says now. It takes the place of what was set for the whole by hand, if it says something new. */
  configure(level: LogLevel): void {
    if (level === this.#configured) return;
    this.#configured = level;
    this.clear();
  }

  /** Sets the level of a module, or of the whole, for `time` ms if that is given; once more: instead of the time before. */
  set(level: LogLevel, module: string = whole, time?: number): void {
    this.clear(module);
    const until = time === undefined ? null : this.#clock.wall() + time;
    const cancel = time === undefined ? () => {} : this.#clock.after(time, () => this.clear(module));
    this.#overrides.set(module, { level, until, cancel });
  }

  /** Takes back what was set for a module, or for the whole. */
  clear(module: string = whole): void {
    this.#overrides.get(module)?.cancel();
    this.#overrides.delete(module);
  }

  /** +1: the whole one level more talkative; -1: one less. Stays within the levels there are, and has no end. */
  turn(step: 1 | -1): LogLevel {
    const at = logLevels.indexOf(this.state().level) - step;
    const level = logLevels[Math.max(0, Math.min(logLevels.length - 1, at))]!;
    this.set(level);
    return level;
  }

  /** Lets go of the timers. */
  close(): void {
    for (const { cancel } of this.#overrides.values()) cancel();
  }
}
