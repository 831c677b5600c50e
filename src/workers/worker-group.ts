import type { Readable } from "node:stream";
import type { Worker } from "node:worker_threads";
import { backoff } from "../core/backoff.ts";
import type { Cancel, Clock } from "../core/clock.ts";
import type { AccessEntry } from "../observe/access-entry.ts";
import type { HotKeyReport } from "../observe/hot-key-report.ts";
import type { Inspection } from "../observe/thread-inspector.ts";
import type { ConnectionQuery, Load, Order, Task } from "./messages.ts";
import { Watchdog } from "./watchdog.ts";
import { WorkerThread } from "./worker-thread.ts";

/** First pause before a dead worker is replaced, and the longest, in ms. */
export const replaceAfter = 100;
export const replaceCap = 10_000;
/** A worker that has lived this long, in ms, starts again from the first pause when it dies. */
export const settledAfter = 60_000;

export interface GroupOptions<Snapshot, Update, Report> {
  /** Number of worker threads, at least 1. */
  readonly count: number;
  /** Starts the thread of worker `index`. */
  thread(index: number): Worker;
  /** What every thread is told first. */
  readonly settings: unknown;
  readonly clock: Clock;
  /** The part of a snapshot that is for worker `index`. */
  tailor(snapshot: Snapshot, index: number): Snapshot;
  /** What a worker that starts late must be told besides the snapshot. */
  catchUp(): readonly Update[];
  onReport(report: Report, index: number): void;
  onLog(level: string, fields: Record<string, unknown>, message: string, index: number): void;
  onAccess(entries: readonly AccessEntry[]): void;
  onBlock(entity: string, key: string, block: SharedArrayBuffer, index: number): void;
  /** Silence after which a worker is stuck and replaced, in ms; 0: never. */
  timeout(): number;
  /**
   * A worker has not come back to its event loop for `silence` ms, and is ended now. `stack`: what it is doing, innermost
   * first; null if that could not be found out.
   */
  onStuck(index: number, silence: number, stack: readonly string[] | null): void;
  /** It has come back by itself before it was ended. */
  onBack(index: number): void;
  /** A worker has died unasked and is replaced after `pause` ms. */
  onDeath(index: number, reason: string, pause: number): void;
  /** The replacement serves. */
  onReplaced(index: number): void;
}

/** How long the stack of a stuck worker is waited for, in ms. */
const stackPatience = 2_000;

interface Slot<Snapshot, Update, Report> {
  readonly index: number;
  thread: WorkerThread<Snapshot, Update, Report> | null;
  /** Deaths in a row, each before the worker had settled. */
  deaths: number;
  startedAt: number;
  /** It does not come back, and is being ended. */
  stuck: boolean;
  cancelReplacement: Cancel;
}

/**
 * The data-plane threads as one: a snapshot is in force in all of them or in none, and a thread that dies is
 * replaced and given what the others have.
 */
export class WorkerGroup<Snapshot, Update, Report> {
  readonly #options: GroupOptions<Snapshot, Update, Report>;
  readonly #slots: Slot<Snapshot, Update, Report>[];
  readonly #watchdog: Watchdog<WorkerThread<Snapshot, Update, Report>>;
  #current: Snapshot | null = null;
  #applying: Promise<unknown> = Promise.resolve();
  #paused = false;
  #pressure = 0;
  #yielded = 0;
  #ending = false;

  constructor(options: GroupOptions<Snapshot, Update, Report>) {
    this.#options = options;
    this.#slots = Array.from({ length: options.count }, (_, index) => ({
      index,
      thread: null,
      deaths: 0,
      startedAt: 0,
      stuck: false,
      cancelReplacement: () => {},
    }));
    for (const slot of this.#slots) slot.thread = this.#spawn(slot);
    this.#watchdog = new Watchdog({
      clock: options.clock,
      timeout: () => options.timeout(),
      isDebugged,
      threads: () => this.#slots.map(({ thread }) => thread).filter((thread) => thread !== null),
      onStuck: (thread, silence) => {
        const slot = this.#slots.find((other) => other.thread === thread);
        if (slot !== undefined) void this.#replaceStuck(slot, thread, silence);
      },
    });
  }

  /** Threads that run now, out of how many there should be. */
  get running(): { up: number; of: number } {
    return { up: this.#slots.filter(isUp).length, of: this.#slots.length };
  }

  /** Workers that have not come back to their event loop for half the timeout and more, and for how long, in ms. */
  get silent(): { readonly index: number; readonly silence: number }[] {
    const least = this.#options.timeout() / 2;
    return this.#slots.flatMap(({ index, thread }) => {
      const silence = thread?.pulse.silence ?? 0;
      return silence > 0 && silence >= least ? { index, silence } : [];
    });
  }

  /**
   * Puts `snapshot` into force everywhere. Rejects with the reason if a worker cannot take it; the snapshot that
   * was in force before then is in force again in all of them.
   */
  apply(snapshot: Snapshot): Promise<void> {
    const turn = this.#applying.then(() => this.#applyToAll(snapshot));
    this.#applying = turn.catch(() => {});
    return turn;
  }

  update(updates: readonly Update[]): void {
    if (updates.length > 0) this.#orderAll({ do: "update", updates });
  }

  /** Lets every worker forget its counters of these. */
  forget(entity: string, keys: readonly string[]): void {
    if (keys.length > 0) for (const slot of this.#slots) slot.thread?.forget(entity, keys);
  }

  /** How near podmate is to the end of something, and how far it is to yield, from 0 to 1; see `Admission` in proxy/. */
  setPressure(pressure: number, yielded: number): void {
    if (pressure === this.#pressure && yielded === this.#yielded) return;
    this.#pressure = pressure;
    this.#yielded = yielded;
    this.#orderAll({ do: "pressure", pressure, yielded });
  }

  pause(): void {
    this.#paused = true;
    this.#orderAll({ do: "pause" });
  }

  resume(): void {
    this.#paused = false;
    this.#orderAll({ do: "resume" });
  }

  async load(): Promise<Load> {
    const loads = (await this.#performAll({ do: "load" })) as Load[];
    return {
      requests: loads.reduce((sum, load) => sum + load.requests, 0),
      connections: loads.reduce((sum, load) => sum + load.connections, 0),
    };
  }

  /** Connections of one worker, as its plane tells them; none if it is not alive. */
  async connections(index: number, query: ConnectionQuery): Promise<readonly unknown[]> {
    const slot = this.#slots[index];
    if (slot === undefined || !isUp(slot)) return [];
    return (await this.#living(index).perform({ do: "connections", query })) as readonly unknown[];
  }

  /** The most requested keys by pool, of each worker. */
  async hotKeys(): Promise<readonly Readonly<Record<string, HotKeyReport>>[]> {
    return (await this.#performAll({ do: "hotKeys" })) as Readonly<Record<string, HotKeyReport>>[];
  }

  /** Looks at a worker; see `inspectThread`. Rejects where it does not live, or dies of something meanwhile. */
  async inspect(index: number, inspection: Inspection): Promise<unknown> {
    return await this.#living(index).perform({ do: "inspect", inspection });
  }

  /** What is on a worker's heap, in V8's format. */
  async heapSnapshot(index: number): Promise<Readable> {
    return await this.#living(index).heapSnapshot();
  }

  /** How long each worker's event loop worked and waited since the last call, in ms, by worker. */
  takeTimes(): { readonly index: number; readonly active: number; readonly idle: number }[] {
    return this.#slots.flatMap(({ index, thread }) =>
      thread === null ? [] : { index, ...thread.takeTimes() },
    );
  }

  /** Resolves when no worker has a client left. From now on a worker that dies is not replaced. */
  async drain(): Promise<void> {
    this.#ending = true;
    await this.#performAll({ do: "drain" });
  }

  /** Ends every worker now. */
  async close(): Promise<void> {
    this.#ending = true;
    for (const slot of this.#slots) slot.cancelReplacement();
    await this.#performAll({ do: "close" });
    this.#watchdog.close();
    await Promise.all(this.#slots.map((slot) => slot.thread?.terminate()));
  }

  async #applyToAll(snapshot: Snapshot): Promise<void> {
    const threads = this.#slots.filter((slot) => slot.thread !== null);
    const results = await Promise.allSettled(threads.map((slot) => this.#applyTo(slot, snapshot)));
    const failed = results.find((result) => result.status === "rejected");
    if (failed === undefined) {
      this.#current = snapshot;
      return;
    }
    const before = this.#current;
    if (before !== null) {
      // A worker that rejected still has the old one; telling all of them is simpler and comes to the same.
      await Promise.allSettled(threads.map((slot) => this.#applyTo(slot, before)));
      this.update(this.#options.catchUp());
    }
    throw failed.reason;
  }

  async #applyTo(slot: Slot<Snapshot, Update, Report>, snapshot: Snapshot): Promise<void> {
    if (slot.thread === null) return;
    await slot.thread.perform({ do: "apply", snapshot: this.#options.tailor(snapshot, slot.index) });
  }

  /** Answers of the workers that live to give one. */
  async #performAll(task: Exclude<Task<never>, { do: "apply" }>): Promise<unknown[]> {
    const threads = this.#slots
      .filter(isUp)
      .map((slot) => slot.thread)
      .filter((thread) => thread !== null);
    const results = await Promise.allSettled(threads.map((thread) => thread.perform(task)));
    return results.filter((result) => result.status === "fulfilled").map((result) => result.value);
  }

  #living(index: number): WorkerThread<Snapshot, Update, Report> {
    const thread = this.#slots[index]?.thread ?? null;
    if (thread === null) throw new Error(`worker ${index} does not run`);
    return thread;
  }

  #orderAll(order: Order<Update>): void {
    for (const slot of this.#slots) slot.thread?.order(order);
  }

  #spawn(slot: Slot<Snapshot, Update, Report>): WorkerThread<Snapshot, Update, Report> {
    const { index } = slot;
    const { clock, thread: threadOf, settings } = this.#options;
    slot.startedAt = clock.now();
    const thread = new WorkerThread<Snapshot, Update, Report>(threadOf(index), settings, {
      report: (report) => this.#options.onReport(report, index),
      log: (level, fields, message) => this.#options.onLog(level, fields, message, index),
      access: (entries) => this.#options.onAccess(entries),
      block: (entity, key, block) => this.#options.onBlock(entity, key, block, index),
      exit: (reason) => this.#bury(slot, reason),
    });
    return thread;
  }

  /** Null where the system grants no thread; there will be another try, later each time. */
  #respawn(slot: Slot<Snapshot, Update, Report>): WorkerThread<Snapshot, Update, Report> | null {
    try {
      return this.#spawn(slot);
    } catch (error) {
      this.#bury(slot, error instanceof Error ? error.message : String(error));
      return null;
    }
  }

  /** Says what a worker that does not come back is doing, and ends it, unless it comes back meanwhile. */
  async #replaceStuck(
    slot: Slot<Snapshot, Update, Report>,
    thread: WorkerThread<Snapshot, Update, Report>,
    silence: number,
  ): Promise<void> {
    const { clock, onStuck, onBack } = this.#options;
    slot.stuck = true;
    const stack = await thread.stack(stackPatience, clock);
    if (slot.thread !== thread) return;
    onStuck(slot.index, silence, stack);
    if (thread.pulse.silence < silence || thread.pulse.hasMoved) {
      slot.stuck = false;
      onBack(slot.index);
      return;
    }
    await thread.terminate(`stuck: it had not come back to its event loop for ${silence} ms`);
  }

  #bury(slot: Slot<Snapshot, Update, Report>, reason: string): void {
    slot.thread = null;
    slot.stuck = false;
    // Before the first snapshot, it is `apply` that fails and tells why.
    if (this.#ending || this.#current === null) return;
    const { clock } = this.#options;
    if (clock.now() - slot.startedAt >= settledAfter) slot.deaths = 0;
    const pause = backoff(slot.deaths++, replaceAfter, replaceCap);
    this.#options.onDeath(slot.index, reason, pause);
    slot.cancelReplacement = clock.after(pause, () => {
      // Not while a snapshot is on its way, so that the newcomer gets the one that wins.
      this.#applying = this.#applying.then(() => this.#replace(slot));
    });
  }

  async #replace(slot: Slot<Snapshot, Update, Report>): Promise<void> {
    if (this.#ending || this.#current === null) return;
    const thread = this.#respawn(slot);
    if (thread === null) return;
    slot.thread = thread;
    try {
      if (this.#paused) thread.order({ do: "pause" });
      if (this.#pressure > 0 || this.#yielded > 0)
        thread.order({ do: "pressure", pressure: this.#pressure, yielded: this.#yielded });
      await this.#applyTo(slot, this.#current);
      thread.order({ do: "update", updates: this.#options.catchUp() });
      this.#options.onReplaced(slot.index);
    } catch {
      // Dead already, and buried with its reason; or it refuses what the others run on, which a new try may heal.
      await thread.terminate();
    }
  }
}

function isUp({ thread, stuck }: Pick<Slot<unknown, unknown, unknown>, "thread" | "stuck">): boolean {
  return thread !== null && !stuck;
}

/** Whether a debugger can be attached to this process: stepping through a worker makes it stand still. */
function isDebugged(): boolean {
  return process.getBuiltinModule("node:inspector").url() !== undefined;
}
