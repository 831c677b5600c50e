import type { AccessEntry } from "../observe/access-entry.ts";
import type { HotKeyReport } from "../observe/hot-key-report.ts";
import type { Inspection } from "../observe/thread-inspector.ts";

/**
 * What main thread and worker threads say to each other. A request carries a number, and the worker's answer
 * carries it back; everything else is one-way. Nothing here is per client request: counters are shared memory.
 */

/** Work that a worker answers when it is done. */
export type Task<Snapshot> =
  | { readonly do: "apply"; readonly snapshot: Snapshot }
  | { readonly do: "drain" }
  | { readonly do: "close" }
  | { readonly do: "load" }
  | { readonly do: "connections"; readonly query: ConnectionQuery }
  | { readonly do: "hotKeys" }
  | { readonly do: "inspect"; readonly inspection: Inspection };

/** Orders that need no answer. */
export type Order<Update> =
  | { readonly do: "update"; readonly updates: readonly Update[] }
  | { readonly do: "pause" }
  | { readonly do: "resume" }
  | { readonly do: "pressure"; readonly pressure: number; readonly yielded: number };

/** The first message to a worker: what it could not know when its thread was started. */
export interface Beginning<Settings> {
  readonly type: "begin";
  /** Where the thread gives signs of life; see `Pulse`. */
  readonly pulse: SharedArrayBuffer;
  readonly settings: Settings;
}

/** Counters of these have gone and will not come back as they were: their blocks can go, too. */
export interface Forgetting {
  readonly type: "forget";
  readonly entity: string;
  readonly keys: readonly string[];
}

export type ToWorker<Snapshot, Update> =
  | Forgetting
  | Beginning<unknown>
  | { readonly type: "task"; readonly id: number; readonly task: Task<Snapshot> }
  | { readonly type: "order"; readonly order: Order<Update> };

export type FromWorker<Report> =
  | { readonly type: "done"; readonly id: number; readonly result: unknown }
  | { readonly type: "failed"; readonly id: number; readonly reason: string }
  | { readonly type: "report"; readonly report: Report }
  | {
      readonly type: "log";
      readonly level: string;
      readonly fields: Record<string, unknown>;
      readonly message: string;
    }
  /** Lines of the access log. */
  | { readonly type: "access"; readonly entries: readonly AccessEntry[] }
  /** Shared counters that the worker has set up and from now on writes alone. */
  | {
      readonly type: "block";
      readonly entity: string;
      readonly key: string;
      readonly block: SharedArrayBuffer;
    };

/** Which connections of a worker are asked for. */
export interface ConnectionQuery {
  /** null: both. */
  readonly side: "client" | "server" | null;
  /** Only connections with a higher number. */
  readonly after: number;
  /** At most so many, those with the lowest numbers. */
  readonly limit: number;
}

/** Requests in flight and clients connected in one worker, or in all of them. */
export interface Load {
  readonly requests: number;
  readonly connections: number;
}

/** What runs in a worker thread, as far as this folder needs to know it. */
export interface Plane<Snapshot, Update> {
  apply(snapshot: Snapshot): Promise<void>;
  update(update: Update): void;
  setPressure(pressure: number, yielded: number): void;
  pause(): void;
  resume(): void;
  drain(): Promise<void>;
  close(): Promise<void>;
  load(): Load;
  connections(query: ConnectionQuery): readonly unknown[];
  hotKeys(): Readonly<Record<string, HotKeyReport>>;
}
