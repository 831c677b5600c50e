import type { Address } from "../core/address.ts";
import type { AccessEntry } from "../observe/access-entry.ts";
import type { HotKeyReport } from "../observe/hot-key-report.ts";
import type { TrafficEntity } from "../observe/metric-table.ts";
import type { ServerReport, ServerUpdate } from "../upstream/health/server-report.ts";
import type { ConnectionQuery } from "../workers/messages.ts";
import type { ConnectionFacts } from "./connection-list.ts";
import type { Snapshot } from "./listener-options.ts";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

/** What a data plane needs from the thread it runs on. */
export interface DataPlaneHost {
  /** Counters of a listener, route, pool or server; the same memory for the same key across snapshots. */
  block(entity: TrafficEntity, key: string): Float64Array;
  log(level: LogLevel, fields: Record<string, unknown>, message: string): void;
  report(report: ServerReport): void;
  /** Takes lines of the access log. */
  access(entries: readonly AccessEntry[]): void;
}

/** What a data plane is told before all else. */
export interface DataPlaneSettings {
  /** Several threads listen on the same ports. */
  readonly reusePort: boolean;
}

/** The face of a data plane towards its thread (or towards a test that runs it in process). */
export interface DataPlaneControl {
  /**
   * Takes a snapshot into force: opens new listeners, swaps pools between two requests, closes what is gone.
   * Rejects, and leaves the old snapshot in force, if a listener cannot be opened.
   */
  apply(snapshot: Snapshot): Promise<void>;
  update(update: ServerUpdate): void;
  /**
   * How near podmate is to the end of something that a thread does not see, from 0 to 1. Requests of low priority are
   * refused from 0.75 on, normal ones from 0.9, high ones at 1.
   * @param yielded the same on behalf of a manager, and 0 if it is absent; who is refused for it alone is told so
   */
  setPressure(pressure: number, yielded?: number): void;
  /** Holds new requests (reads nothing from clients) until resumed. */
  pause(): void;
  resume(): void;
  /** Stops accepting, answers what is in flight, closes clients as they become idle. Resolves when all are gone. */
  drain(): Promise<void>;
  /** Ends everything now. */
  close(): Promise<void>;
  /** Bound addresses by listener name, for ports chosen by the system. */
  addresses(): Record<string, Address>;
  /** The most requested keys of each pool that has them counted. */
  hotKeys(): Record<string, HotKeyReport>;
  /** Open connections, of clients and to servers, in the order of their numbers. */
  connections(query: ConnectionQuery): ConnectionFacts[];
  /** Requests in flight and clients connected, now. */
  load(): { requests: number; connections: number };
}
