import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { ServerOptions } from "../pool-options.ts";
import type { DiscoverySource, DiscoveryState, OnServers } from "./discovery.ts";

export interface FindingsOptions {
  readonly pool: string;
  readonly source: DiscoverySource;
  readonly target: string;
  readonly clock: Pick<Clock, "wall">;
  readonly log: Log;
}

/** Servers that come or go are named in the log up to that many. */
const mostNamed = 10;

/** What a source has come to so far: tells servers on when they are others, and says in the log what an operator should know. */
export class Findings {
  readonly #options: FindingsOptions;
  #onServers: OnServers | null = null;
  #servers: readonly ServerOptions[] | null = null;
  #lastSuccess: number | null = null;
  #error: string | null = null;
  #failures = 0;

  constructor(options: FindingsOptions) {
    this.#options = options;
  }

  open(onServers: OnServers): void {
    this.#onServers = onServers;
  }

  /** Nothing is told from here on. */
  close(): void {
    this.#onServers = null;
  }

  /** The source has given these servers. */
  take(servers: readonly ServerOptions[]): void {
    const before = this.#servers;
    this.#lastSuccess = this.#options.clock.wall();
    if (before !== null && JSON.stringify(before) === JSON.stringify(servers)) return;
    this.#servers = servers;
    if (this.#onServers === null) return;
    this.#say("info", changes(before ?? [], servers), "servers found");
    this.#onServers(servers);
  }

  /** The source works as it should. */
  recover(): void {
    if (this.#error !== null) this.#say("info", { failures: this.#failures }, "discovery works again");
    this.#error = null;
  }

  /** The source has given nothing of use; what was known stays. Said once per reason. */
  fail(reason: string): void {
    this.#failures++;
    if (reason === this.#error) return;
    this.#error = reason;
    const kept = this.#servers === null ? null : this.#servers.length;
    const message =
      kept === null
        ? "discovery failed; the pool has no servers until it succeeds"
        : "discovery failed; the servers found last stay in force";
    this.#say("warn", { reason, servers_kept: kept }, message);
  }

  state(): DiscoveryState {
    const { source, target } = this.#options;
    return {
      source,
      target,
      lastSuccess: this.#lastSuccess,
      error: this.#error,
      failures: this.#failures,
      servers: this.#servers === null ? null : this.#servers.length,
    };
  }

  #say(level: "info" | "warn", fields: Record<string, unknown>, message: string): void {
    const { pool, source, target, log } = this.#options;
    log(level, { pool, source, target, ...fields }, message);
  }
}

function changes(before: readonly ServerOptions[], after: readonly ServerOptions[]) {
  return { servers: after.length, added: named(after, before), removed: named(before, after) };
}

/** Ids of those that the others do not have. */
function named(servers: readonly ServerOptions[], others: readonly ServerOptions[]): string[] {
  const known = new Set(others.map(({ id }) => id));
  const ids = servers.map(({ id }) => id).filter((id) => !known.has(id));
  return ids.length > mostNamed ? [...ids.slice(0, mostNamed), `and ${ids.length - mostNamed} more`] : ids;
}
