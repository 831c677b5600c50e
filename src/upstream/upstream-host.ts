import type { ConnectionOptions } from "node:tls";
import type { TurnClock } from "../core/turn-clock.ts";
import type { ServerReport } from "./health/server-report.ts";
import type { PoolOptions, ServerOptions } from "./pool-options.ts";

/** What servers need from the data plane they belong to. */
export interface UpstreamHost {
  readonly turn: TurnClock;
  /** Asks for sweeps, as long as anything is in flight. */
  wake(): void;
  block(entity: "pool" | "server" | "httpPool" | "httpServer", key: string): Float64Array;
  log(level: "info" | "warn", fields: Record<string, unknown>, message: string): void;
  report(report: ServerReport): void;
  /** The current secure context of a pool with TLS. */
  tlsOf(pool: PoolOptions, server: ServerOptions): ConnectionOptions;
}
