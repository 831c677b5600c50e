import type { Logger as Pino } from "pino";
import type { Clock } from "../core/clock.ts";
import type { AccessEntry } from "./access-entry.ts";
import { type LogFunction, type LogLevel, logLevels } from "./log-level.ts";
import { LogThrottle } from "./log-throttle.ts";
import type { RecentLog } from "./recent-log.ts";

/** Where lines go; each ends with a line feed. */
export interface LogOutput {
  write(line: string): void;
  /** Writes out what is held back, before the process ends. */
  flush(): void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly clock: Clock;
  /** Takes every line that is written. */
  readonly recent: RecentLog;
  readonly output: LogOutput;
}

/** Bytes that wait for a reader of stdout or stderr that has fallen behind; beyond them lines are dropped. */
const longestBacklog = 1024 * 1024;

/**
 * stdout (1) or stderr (2), written without ever blocking the thread: where nobody reads, or the reader is gone,
 * lines are lost and podmate goes on.
 */
export async function descriptorOutput(fd: 1 | 2): Promise<LogOutput> {
  const { pino } = await import("pino");
  const stream = pino.destination({ dest: fd, sync: false, maxLength: longestBacklog });
  stream.on("error", () => {});
  return {
    write: (line) => {
      stream.write(line);
    },
    flush: () => {
      try {
        stream.flushSync();
      } catch {
        // The reader is gone, and its lines with it.
      }
    },
  };
}

/** Starts the log of the process. pino is loaded here and not before: most verbs of the command line do without. */
export async function startLogger(options: LoggerOptions): Promise<Logger> {
  const { pino } = await import("pino");
  const { clock, output, recent } = options;
  let current: LogLevel = "info";
  const writer = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date(clock.wall()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write(line) {
        output.write(line);
        recent.add(current, line.trimEnd());
      },
    },
  );
  const write: LogFunction = (level, fields, message) => {
    current = level;
    writer[level](fields, message);
  };
  // Lines of their own: whatever the level of the log, and not among those that are shown as recent.
  const access = pino(
    { base: null, timestamp: false, formatters: { level: (label) => ({ level: label }) } },
    output,
  );
  return new Logger(writer, new LogThrottle(write, clock), output, access);
}

/** The log: JSON lines, storms cut short. Make it with `startLogger`. */
export class Logger {
  readonly #pino: Pino;
  readonly #throttle: LogThrottle;
  readonly #output: LogOutput;
  readonly #access: Pino;

  constructor(pino: Pino, throttle: LogThrottle, output: LogOutput, access: Pino) {
    this.#access = access;
    this.#pino = pino;
    this.#throttle = throttle;
    this.#output = output;
  }

  /** Can be handed on as it is: it needs no `this`. */
  readonly log: LogFunction = (level, fields, message) => {
    if (this.#pino.isLevelEnabled(level)) this.#throttle.log(level, fields, message);
  };

  /** A log function whose lines carry `module`. */
  child(module: string): LogFunction {
    return (level, fields, message) => this.log(level, { module, ...fields }, message);
  }

  /** Writes a line for each, with the time of the request. */
  access(entries: readonly AccessEntry[]): void {
    for (const { time, ...entry } of entries) {
      this.#access.info({ time: new Date(time).toISOString(), module: "access", ...entry }, "request");
    }
  }

  get level(): LogLevel {
    return this.#pino.level as LogLevel;
  }

  set level(level: LogLevel) {
    this.#pino.level = level;
  }

  /** +1: one level more talkative; -1: one less. Stays within the levels there are. */
  turn(step: 1 | -1): LogLevel {
    const at = logLevels.indexOf(this.level) - step;
    this.level = logLevels[Math.max(0, Math.min(logLevels.length - 1, at))]!;
    return this.level;
  }

  /** Lines left out because they repeated others. */
  get suppressed(): number {
    return this.#throttle.suppressed;
  }

  /** Writes what is owed and held back. Lines that come later are still written. */
  close(): void {
    this.#throttle.close();
    this.#output.flush();
  }
}
