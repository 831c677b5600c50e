import type { Readable } from "node:stream";
import type { Worker } from "node:worker_threads";
import type { Clock } from "../core/clock.ts";
import type { AccessEntry } from "../observe/access-entry.ts";
import type { Beginning, FromWorker, Order, Task, ToWorker } from "./messages.ts";
import { Pulse } from "./pulse.ts";

/** What the main thread is told by a worker thread without having asked. */
export interface ThreadEvents<Report> {
  report(report: Report): void;
  log(level: string, fields: Record<string, unknown>, message: string): void;
  access(entries: readonly AccessEntry[]): void;
  block(entity: string, key: string, block: SharedArrayBuffer): void;
  /** The thread is gone, asked for or not. Called once. */
  exit(reason: string): void;
}

export interface ThreadStart {
  /** Module that the thread runs; see `threadEntry`. */
  readonly entry: URL;
  /** Given to the module as `workerData`. */
  readonly data: unknown;
  /** Shown by `top -H` and profilers; at most 15 characters are seen there. */
  readonly name: string;
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** The main thread's end of the conversation with one worker thread. */
export class WorkerThread<Snapshot, Update, Report> {
  readonly #worker: Worker;
  readonly #events: ThreadEvents<Report>;
  readonly #waiting = new Map<number, Waiting>();
  readonly pulse = new Pulse();
  /** Ways in which it is made to stand still at the moment. */
  #holds = 0;
  #nextId = 1;
  #times = { active: 0, idle: 0 };
  #cause = "";
  #gone = false;

  /** `settings` are what the thread is told first. */
  constructor(worker: Worker, settings: unknown, events: ThreadEvents<Report>) {
    this.#events = events;
    this.#worker = worker;
    this.#worker.on("message", (message: FromWorker<Report>) => this.#hear(message));
    this.#worker.on("error", (error) => {
      this.#cause = describe(error);
    });
    this.#worker.on("exit", (code) => this.#end(code));
    const { memory: pulse } = this.pulse;
    this.#worker.postMessage({ type: "begin", settings, pulse } satisfies Beginning<unknown>);
  }

  /** Resolves with the worker's answer; rejects with its reason, or with why the thread ended before it answered. */
  perform(task: Task<Snapshot>): Promise<unknown> {
    if (this.#gone) return Promise.reject(new Error(this.#reason(0)));
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject });
    this.#send({ type: "task", id, task });
    return promise;
  }

  /** One-way; lost without harm if the thread is already gone. */
  order(order: Order<Update>): void {
    this.#send({ type: "order", order });
  }

  /** Tells the thread to let go of its counters of these. */
  forget(entity: string, keys: readonly string[]): void {
    this.#send({ type: "forget", entity, keys });
  }

  /** What is on the thread's heap, in V8's format; the thread stands still while it is written down. */
  async heapSnapshot(): Promise<Readable> {
    this.#holds++;
    try {
      const snapshot = await this.#worker.getHeapSnapshot();
      // Until it is first read it is the thread's own. Node (26.10) dies of a segmentation fault where it is given up before
      // that, and collected once the thread has ended.
      snapshot.read(0);
      return snapshot;
    } finally {
      this.#holds--;
    }
  }

  /** It stands still because it was told to. */
  get isHeld(): boolean {
    return this.#holds > 0;
  }

  /** What it is doing, the innermost frame first, or null if that cannot be found out within `patience` ms. */
  async stack(patience: number, clock: Clock): Promise<readonly string[] | null> {
    // Loaded only now: it is hoped never to be needed.
    const { threadStack } = await import("../observe/thread-stack.ts");
    return await threadStack(this.#worker.threadId, patience, clock);
  }

  /** How long the thread's event loop worked and waited since the last call, in ms. */
  takeTimes(): { readonly active: number; readonly idle: number } {
    const now = this.#worker.performance.eventLoopUtilization();
    const since = this.#times;
    this.#times = now;
    return { active: Math.max(0, now.active - since.active), idle: Math.max(0, now.idle - since.idle) };
  }

  /** Ends the thread now, whatever it is doing, but for a call into the system; `cause` is why, if there is a reason to tell. */
  async terminate(cause = ""): Promise<void> {
    if (cause !== "") this.#cause = cause;
    await this.#worker.terminate();
  }

  #send(message: ToWorker<Snapshot, Update>): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromWorker<Report>): void {
    switch (message.type) {
      case "done":
        this.#take(message.id)?.resolve(message.result);
        break;
      case "failed":
        this.#take(message.id)?.reject(new Error(message.reason));
        break;
      case "report":
        this.#events.report(message.report);
        break;
      case "log":
        this.#events.log(message.level, message.fields, message.message);
        break;
      case "access":
        this.#events.access(message.entries);
        break;
      case "block":
        this.#events.block(message.entity, message.key, message.block);
        break;
    }
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #end(code: number): void {
    this.#gone = true;
    const reason = this.#reason(code);
    for (const waiting of this.#waiting.values()) waiting.reject(new Error(reason));
    this.#waiting.clear();
    this.#events.exit(reason);
  }

  #reason(code: number): string {
    return this.#cause === "" ? `worker thread ended with code ${code}` : `worker thread: ${this.#cause}`;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // The frame that threw tells an operator's bug report more than the message alone.
  const frame = error.stack?.split("\n").find((line) => line.trimStart().startsWith("at "));
  return frame === undefined ? error.message : `${error.message} (${frame.trim()})`;
}
