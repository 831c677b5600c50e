import { Socket } from "node:net";
import type { Writable } from "node:stream";
import { type Clock, systemClock } from "../core/clock.ts";
import { loadFs } from "../core/lazy-builtins.ts";
import type { LogOutput } from "./logger.ts";

/** Bytes that wait for a reader of stdout or stderr that has fallen behind; beyond them lines are dropped. */
export const longestBacklog = 1024 * 1024;
/** How long a reader may take nothing at the end, in ms, before what is left is given up. */
export const farewell = 2_000;

/** Most that is written at once, in characters: what is taken of it shows that somebody reads. */
const longestWrite = 64 * 1024;

/**
 * stdout (1) or stderr (2), written without ever blocking the thread: where nobody reads, or the reader is gone,
 * lines are lost and podmate goes on.
 */
export async function descriptorOutput(fd: 1 | 2): Promise<LogOutput> {
  const stream = fd === 1 ? process.stdout : process.stderr;
  return new StreamOutput(stream instanceof Socket && !stream.isTTY ? stream : fileStream(fd));
}

/**
 * Writes by the event loop: a thread that blocks in a write to a pipe that nobody reads would keep the
 * process from ending.
 */
export class StreamOutput implements LogOutput {
  readonly #stream: Pick<Writable, "write" | "on">;
  readonly #clock: Pick<Clock, "after">;
  /** Lines that have not been handed to the stream. */
  #held = "";
  /** Characters that the stream has, and has not written. */
  #inHand = 0;
  #dropped = 0;
  #onTaken: () => void = () => {};

  constructor(stream: Pick<Writable, "write" | "on">, clock: Pick<Clock, "after"> = systemClock) {
    this.#stream = stream;
    this.#clock = clock;
    stream.on("error", () => {});
  }

  get dropped(): number {
    return this.#dropped;
  }

  write(line: string): void {
    if (this.#held.length + this.#inHand + line.length > longestBacklog) {
      this.#dropped++;
      return;
    }
    // Lines that come together, as those of the access log do, are one write.
    if (this.#held === "" && this.#inHand === 0) queueMicrotask(() => this.#send());
    this.#held += line;
  }

  async flush(): Promise<void> {
    this.#send();
    while (this.#inHand > 0 && (await this.#isTaken())) {}
  }

  /** Hands the next lines to the stream, unless it is busy with others. */
  #send(): void {
    const held = this.#held;
    if (held === "" || this.#inHand > 0) return;
    const end = held.length <= longestWrite ? held.length : wholeLines(held);
    this.#held = held.slice(end);
    this.#inHand = end;
    this.#stream.write(held.slice(0, end), () => {
      this.#inHand = 0;
      this.#send();
      this.#onTaken();
    });
  }

  /** Resolves when the stream has written what it has; false: nobody takes it. */
  #isTaken(): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(farewell, () => resolve(false));
      this.#onTaken = () => {
        cancel();
        resolve(true);
      };
    });
  }
}

/** How many characters the lines have that fit into one write; at least one line. */
function wholeLines(text: string): number {
  const last = text.lastIndexOf("\n", longestWrite - 1);
  return (last >= 0 ? last : text.indexOf("\n", longestWrite)) + 1;
}

/** Before another attempt at a terminal that takes nothing just now, in ms. */
const busyPause = 50;

/**
 * A file or a terminal, whose writes are done by other threads of the process. What cannot be written is lost: on a disk
 * that is full, further attempts would keep the process from ending.
 */
function fileStream(fd: 1 | 2): Pick<Writable, "write" | "on"> {
  const stream = {
    write(text: string, done: () => void) {
      writeAll(fd, Buffer.from(text), 0, done);
      return true;
    },
    on: () => stream,
  };
  return stream as unknown as Pick<Writable, "write" | "on">;
}

function writeAll(fd: number, bytes: Buffer, from: number, done: () => void): void {
  loadFs().write(fd, bytes, from, bytes.length - from, null, (error, written) => {
    if (error?.code === "EAGAIN") systemClock.after(busyPause, () => writeAll(fd, bytes, from, done));
    else if (error !== null || from + written === bytes.length) done();
    else writeAll(fd, bytes, from + written, done);
  });
}
