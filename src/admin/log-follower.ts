import type { Writable } from "node:stream";
import type { Cancel, Clock } from "../core/clock.ts";
import { matches, type RecentFilter, type RecentLog } from "../observe/recent-log.ts";
import type { LogFormat } from "./log-format.ts";

/** How often a stream on which nothing happens shows that it is alive, in ms. */
export const keepAliveEvery = 15_000;
/** A follower that takes nothing for so long, in ms, is cut off. */
export const longestStall = 60_000;
/** Characters that are handed over at once, or a line more. */
const longestChunk = 32 * 1024;

export interface FollowOptions {
  readonly recent: RecentLog;
  readonly filter: RecentFilter;
  /** Number of the line after which it begins. */
  readonly after: number;
  readonly format: LogFormat;
  readonly out: Writable;
  readonly clock: Pick<Clock, "now" | "after">;
  /** `out` has ended, one way or the other. Called once. */
  onEnd(): void;
}

/**
 * Writes the lines of the log to a stream as they come. Nothing is kept for one that does not read: it has its place in
 * the recent log, which keeps what it keeps, and is told how many lines it has missed once it reads on.
 */
export class LogFollower {
  readonly #options: FollowOptions;
  readonly #unfollow: () => void;
  /** Number of the last line that was looked at. */
  #position: number;
  #scheduled = false;
  /** Since when the stream takes nothing more; null while it does. */
  #stalledSince: number | null = null;
  #idle = true;
  #cancelLook: Cancel = () => {};

  constructor(options: FollowOptions) {
    const { recent, out, after, onEnd } = options;
    this.#options = options;
    this.#position = after;
    this.#unfollow = recent.follow(() => this.#schedule());
    out.on("drain", () => {
      this.#stalledSince = null;
      this.#pump();
    });
    out.on("error", () => {});
    out.once("close", () => {
      this.#stop();
      onEnd();
    });
    this.#look();
    this.#pump();
  }

  /** Writes what has come, and ends the stream. */
  finish(): void {
    this.#pump();
    this.#stop();
    this.#options.out.end();
  }

  #stop(): void {
    this.#unfollow();
    this.#cancelLook();
  }

  /** Lines that come together are one write; and whoever logs does not wait for it. */
  #schedule(): void {
    if (this.#scheduled || this.#stalledSince !== null) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    const { out, clock } = this.#options;
    while (this.#stalledSince === null && out.writable) {
      const chunk = this.#next();
      if (chunk === "") return;
      this.#idle = false;
      if (!out.write(chunk)) this.#stalledSince = clock.now();
    }
  }

  /** What is to be written next; empty if there is nothing. */
  #next(): string {
    const { recent, filter, format } = this.#options;
    let chunk = "";
    for (const line of recent.lines(this.#position)) {
      chunk += this.#skipTo(line.sequence - 1);
      this.#position = line.sequence;
      if (matches(line, filter)) chunk += format.line(line);
      if (chunk.length >= longestChunk) return chunk;
    }
    return chunk + this.#skipTo(recent.last);
  }

  /** Goes to the line with this number; what lies between is not kept any more, or never was. */
  #skipTo(sequence: number): string {
    const missed = sequence - this.#position;
    this.#position = sequence;
    return missed > 0 ? this.#options.format.dropped(missed) : "";
  }

  #look(): void {
    const { out, clock, format } = this.#options;
    this.#cancelLook = clock.after(keepAliveEvery, () => {
      const now = clock.now();
      if (this.#stalledSince !== null && now - this.#stalledSince >= longestStall) {
        out.destroy();
        return;
      }
      if (this.#stalledSince === null && this.#idle && !out.write(format.keepAlive)) this.#stalledSince = now;
      this.#idle = true;
      this.#look();
    });
  }
}
