import { type LogLevel, logLevels } from "./log-level.ts";

/** A line of the log as it was written. */
export interface RecentLine {
  /** Rises by 1 with each line; a gap tells a reader that lines have been dropped. */
  readonly sequence: number;
  readonly level: LogLevel;
  /** JSON without the line end. */
  readonly text: string;
}

export interface RecentFilter {
  /** Only lines after this sequence number; default: all that are kept. */
  readonly after?: number;
  /** Least severity; default: all. */
  readonly level?: LogLevel;
  /** At most so many lines, the latest of them. */
  readonly limit?: number;
}

export interface RecentBounds {
  readonly lines: number;
  /** Characters of all lines together; a single line of more than an eighth of that is not kept. */
  readonly characters: number;
}

const defaultBounds: RecentBounds = { lines: 1_000, characters: 512 * 1024 };

/** The last lines of the log, in memory, so that the management interface can show and follow them. */
export class RecentLog {
  readonly #bounds: RecentBounds;
  readonly #lines: RecentLine[] = [];
  readonly #followers = new Set<(line: RecentLine) => void>();
  #characters = 0;
  #sequence = 0;

  constructor(bounds: RecentBounds = defaultBounds) {
    this.#bounds = bounds;
  }

  add(level: LogLevel, text: string): void {
    const line: RecentLine = { sequence: ++this.#sequence, level, text };
    if (text.length <= this.#bounds.characters / 8) {
      this.#lines.push(line);
      this.#characters += text.length;
      while (this.#lines.length > this.#bounds.lines || this.#characters > this.#bounds.characters) {
        this.#characters -= this.#lines.shift()!.text.length;
      }
    }
    for (const follower of this.#followers) follower(line);
  }

  /** Lines kept, oldest first. */
  lines({ after = 0, level = "trace", limit = Number.POSITIVE_INFINITY }: RecentFilter = {}): RecentLine[] {
    const least = logLevels.indexOf(level);
    const found = this.#lines.filter(
      (line) => line.sequence > after && logLevels.indexOf(line.level) >= least,
    );
    return found.slice(Math.max(0, found.length - limit));
  }

  /** Calls `follower` with every line to come, until the function that is returned is called. It must not log. */
  follow(follower: (line: RecentLine) => void): () => void {
    this.#followers.add(follower);
    return () => {
      this.#followers.delete(follower);
    };
  }
}
