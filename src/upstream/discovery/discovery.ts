import type { ServerOptions } from "../pool-options.ts";

export type DiscoverySource = "dns" | "srv" | "file" | "kubernetes";

/** Finds the servers of one pool and keeps up with them. What was found stays until something else is found. */
export interface Discovery {
  /** Begins. `onServers` is told the first answer, even an empty one, and then each that differs from the one before. */
  start(onServers: OnServers): void;
  state(): DiscoveryState;
  /** Ends all that it has under way; `onServers` is told nothing from here on. */
  close(): Promise<void>;
}

export type OnServers = (servers: readonly ServerOptions[]) => void;

/** A discovery as the management interface shows it. */
export interface DiscoveryState {
  readonly source: DiscoverySource;
  /** What is asked for: a name, a path, a Service. */
  readonly target: string;
  /** When servers were last heard of, changed or not, in ms since the Unix epoch; null: never yet. */
  readonly lastSuccess: number | null;
  /** Why the last attempt failed; null if it did not. */
  readonly error: string | null;
  /** Attempts that failed, since it began. */
  readonly failures: number;
  /** Servers found last; null while there was no answer. */
  readonly servers: number | null;
}
