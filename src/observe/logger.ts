import { type Logger as Pino, pino } from "pino";
import type { Clock } from "../core/clock.ts";
import type { AccessEntry } from "./access-entry.ts";
import type { LogFunction, LogLevel } from "./log-level.ts";
import { LogLevels } from "./log-levels.ts";
import { LogThrottle } from "./log-throttle.ts";
import type { LineMarks, RecentLog } from "./recent-log.ts";

/** Where lines go; each ends with a line feed. */
export interface LogOutput {
  write(line: string): void;
  /** Writes out what is held back, before the process ends; waits for who reads it, but not for long. */
  flush(): Promise<void>;
  /** Lines dropped so far because nobody took them in time. */
  readonly dropped: number;
}

export interface LoggerOptions {
  /** Of the configuration. */
  readonly level: LogLevel;
  readonly clock: Clock;
  /** Takes every line that is written. */
  readonly recent: RecentLog;
  readonly output: LogOutput;
}

/** Starts the log of the process. */
export function startLogger(options: LoggerOptions): Logger {
  const { clock, output, recent } = options;
  let marks: LineMarks = { level: "info", time: 0, module: "", pool: undefined };
  const writer = pino(
    {
      // Which lines are written is decided before they come here.
      level: "trace",
      base: null,
      timestamp: () => `,"time":"${new Date(marks.time).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write(line) {
        output.write(line);
        recent.add(marks, line.trimEnd());
      },
    },
  );
  const write: LogFunction = (level, fields, message) => {
    const { module, pool } = fields;
    marks = {
      level,
      time: clock.wall(),
      module: String(module),
      pool: typeof pool === "string" ? pool : undefined,
    };
    writer[level](fields, message);
  };
  // Lines of their own: whatever the level of the log, and not among those that are shown as recent.
  const access = pino(
    { base: null, timestamp: false, formatters: { level: (label) => ({ level: label }) } },
    output,
  );
  const levels = new LogLevels(options.level, clock);
  return new Logger({ levels, throttle: new LogThrottle(write, clock), output, access, recent });
}

/** What lines of the daemon as a whole carry as their module. */
export const wholeDaemon = "daemon";

interface LoggerParts {
  readonly levels: LogLevels;
  readonly throttle: LogThrottle;
  readonly output: LogOutput;
  readonly access: Pino;
  readonly recent: RecentLog;
}

/** The log: JSON lines, storms cut short. Make it with `startLogger`. */
export class Logger {
  /** Which lines are written. */
  readonly levels: LogLevels;
  /** What was written last. */
  readonly recent: RecentLog;
  /** Can be handed on as it is: it needs no `this`. */
  readonly log: LogFunction;
  readonly #throttle: LogThrottle;
  readonly #output: LogOutput;
  readonly #access: Pino;

  constructor({ levels, throttle, output, access, recent }: LoggerParts) {
    this.levels = levels;
    this.recent = recent;
    this.#throttle = throttle;
    this.#output = output;
    this.#access = access;
    this.log = this.child(wholeDaemon);
  }

  /** A log function whose lines carry `module`, which has a level of its own if it is given one. */
  child(module: string): LogFunction {
    this.levels.addModule(module);
    return (level, fields, message) => {
      if (this.levels.isEnabled(level, module)) this.#throttle.log(level, { module, ...fields }, message);
    };
  }

  /** Writes a line for each, with the time of the request. */
  access(entries: readonly AccessEntry[]): void {
    for (const { time, ...entry } of entries) {
      this.#access.info({ time: new Date(time).toISOString(), module: "access", ...entry }, "request");
    }
  }

  /** Lines left out because they repeated others. */
  get suppressed(): number {
    return this.#throttle.suppressed;
  }

  /** Lines dropped because nobody took them in time. */
  get dropped(): number {
    return this.#output.dropped;
  }

  /** Writes what is owed and held back. Lines that come later are still written. */
  async close(): Promise<void> {
    this.levels.close();
    this.#throttle.close();
    await this.#output.flush();
  }
}
