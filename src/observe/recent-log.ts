import { type LogLevel, logLevels } from "./log-level.ts";

/** What a line is chosen by. */
export interface LineMarks {
  readonly level: LogLevel;
  /** When it was written, in ms since the Unix epoch. */
  readonly time: number;
  /** Who wrote it. */
  readonly module: string;
  /** What pool it is about, if it is about one. */
  readonly pool: string | undefined;
}

/** A line of the log as it was written. */
export interface RecentLine extends LineMarks {
  /** Rises by 1 with each line; a gap tells a reader that lines have been dropped. */
  readonly sequence: number;
  /** A JSON object without the line end. */
  readonly text: string;
}

/** Which lines; all by default. */
export interface RecentFilter {
  /** Least severity. */
  readonly level?: LogLevel | undefined;
  readonly modules?: readonly string[] | undefined;
  readonly pool?: string | undefined;
  /** Not before, and before this time, in ms since the Unix epoch. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

export interface RecentBounds {
  readonly lines: number;
  /** Characters of all lines together; a single line of more than an eighth of that is not kept. */
  readonly characters: number;
}

export const defaultBounds: RecentBounds = { lines: 1_000, characters: 512 * 1024 };

/** The last lines of the log, in memory, so that the management interface can show and follow them. */
export class RecentLog {
  readonly #bounds: RecentBounds;
  readonly #lines: RecentLine[] = [];
  readonly #followers = new Set<() => void>();
  #characters = 0;
  #sequence = 0;

  constructor(bounds: RecentBounds = defaultBounds) {
    this.#bounds = bounds;
  }

  /** Number of the last line, kept or not; 0 before the first. */
  get last(): number {
    return this.#sequence;
  }

  add(marks: LineMarks, text: string): void {
    const line: RecentLine = { sequence: ++this.#sequence, ...marks, text };
    if (text.length <= this.#bounds.characters / 8) {
      this.#lines.push(line);
      this.#characters += text.length;
      while (this.#lines.length > this.#bounds.lines || this.#characters > this.#bounds.characters) {
        this.#characters -= this.#lines.shift()!.text.length;
      }
    }
    for (const follower of this.#followers) follower();
  }

  /** Lines that are kept, after one number and before another, oldest first. */
  *lines(after = 0, before = Number.POSITIVE_INFINITY): Generator<RecentLine> {
    for (let at = this.#indexAfter(after); at < this.#lines.length; at++) {
      const line = this.#lines[at]!;
      if (line.sequence >= before) return;
      yield line;
    }
  }

  /** Calls `follower` whenever there is a new line, until the function that is returned is called. It must not log. */
  follow(follower: () => void): () => void {
    this.#followers.add(follower);
    return () => {
      this.#followers.delete(follower);
    };
  }

  /** Where the first line stands whose number is higher. */
  #indexAfter(sequence: number): number {
    let [low, high] = [0, this.#lines.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#lines[middle]!.sequence > sequence) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** Whether the filter lets the line through. */
export function matches(line: LineMarks, { level, modules, pool, since, until }: RecentFilter): boolean {
  return (
    (level === undefined || logLevels.indexOf(line.level) >= logLevels.indexOf(level)) &&
    (modules === undefined || modules.includes(line.module)) &&
    (pool === undefined || line.pool === pool) &&
    (since === undefined || line.time >= since) &&
    (until === undefined || line.time < until)
  );
}
