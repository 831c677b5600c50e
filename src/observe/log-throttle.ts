import type { Cancel, Clock } from "../core/clock.ts";
import type { LogFunction, LogLevel } from "./log-level.ts";

export interface ThrottleLimits {
  /** Equal lines let through per window. */
  readonly burst: number;
  /** ms */
  readonly window: number;
  /** Different lines remembered at once; the oldest is forgotten for a new one. */
  readonly lines: number;
}

const defaultLimits: ThrottleLimits = { burst: 5, window: 10_000, lines: 1_000 };

/** Fields that make two lines with the same message different; all others (counts, times, causes) do not. */
const identity = ["module", "listener", "pool", "server", "worker"];

interface Repeated {
  readonly since: number;
  passed: number;
  suppressed: number;
  level: LogLevel;
  fields: Readonly<Record<string, unknown>>;
  message: string;
}

/**
 * Keeps a storm (a server down, and each request says so) from flooding the log: of equal lines only the first few
 * per window pass. The next one after the window, or else a last one when the window is over, carries the number of
 * those left out as `suppressed`. What is below `info` passes: who turns it on wants to see it all.
 */
export class LogThrottle {
  readonly #sink: LogFunction;
  readonly #clock: Clock;
  readonly #limits: ThrottleLimits;
  readonly #repeated = new Map<string, Repeated>();
  #cancelSweep: Cancel | null = null;
  #total = 0;

  constructor(sink: LogFunction, clock: Clock, limits: ThrottleLimits = defaultLimits) {
    this.#sink = sink;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Lines left out so far. */
  get suppressed(): number {
    return this.#total;
  }

  readonly log: LogFunction = (level, fields, message) => {
    if (level === "trace" || level === "debug") {
      this.#sink(level, fields, message);
      return;
    }
    const key = `${level} ${identity.map((name) => fields[name]).join(" ")} ${message}`;
    const known = this.#repeated.get(key);
    if (known === undefined || this.#isOver(known)) {
      this.#pass(key, known?.suppressed ?? 0, level, fields, message);
    } else if (known.passed < this.#limits.burst) {
      known.passed++;
      this.#sink(level, fields, message);
    } else {
      this.#suppress(known, fields);
    }
  };

  /** Writes what is still owed, and lets go of the timer. */
  close(): void {
    this.#cancelSweep?.();
    this.#cancelSweep = null;
    for (const repeated of this.#repeated.values()) this.#settle(repeated);
    this.#repeated.clear();
  }

  #pass(key: string, owed: number, level: LogLevel, fields: Repeated["fields"], message: string): void {
    this.#repeated.delete(key);
    this.#makeRoom();
    const since = this.#clock.now();
    this.#repeated.set(key, { since, passed: 1, suppressed: 0, level, fields, message });
    this.#sink(level, withSuppressed(fields, owed), message);
  }

  #suppress(repeated: Repeated, fields: Repeated["fields"]): void {
    this.#total++;
    // A line from a worker may itself stand for some that the worker has left out.
    repeated.suppressed += 1 + suppressedIn(fields);
    repeated.fields = fields;
    this.#cancelSweep ??= this.#clock.after(this.#limits.window, this.#sweep);
  }

  readonly #sweep = (): void => {
    this.#cancelSweep = null;
    let owing = false;
    for (const [key, repeated] of this.#repeated) {
      if (!this.#isOver(repeated)) {
        owing ||= repeated.suppressed > 0;
        continue;
      }
      this.#repeated.delete(key);
      this.#settle(repeated);
    }
    if (owing) this.#cancelSweep = this.#clock.after(this.#limits.window, this.#sweep);
  };

  #makeRoom(): void {
    if (this.#repeated.size < this.#limits.lines) return;
    const [key, oldest] = this.#repeated.entries().next().value!;
    this.#repeated.delete(key);
    this.#settle(oldest);
  }

  #settle({ suppressed, level, fields, message }: Repeated): void {
    if (suppressed === 0) return;
    const { suppressed: _, ...rest } = fields;
    this.#sink(level, { ...rest, suppressed }, message);
  }

  #isOver({ since }: Repeated): boolean {
    return this.#clock.now() - since >= this.#limits.window;
  }
}

function suppressedIn(fields: Readonly<Record<string, unknown>>): number {
  return typeof fields["suppressed"] === "number" ? fields["suppressed"] : 0;
}

function withSuppressed(
  fields: Readonly<Record<string, unknown>>,
  owed: number,
): Readonly<Record<string, unknown>> {
  return owed === 0 ? fields : { ...fields, suppressed: owed + suppressedIn(fields) };
}
