import { loadFs } from "../../core/lazy-builtins.ts";
import type { Log } from "../../core/log.ts";
import { type Snapshot, usualConnections } from "../../proxy/listener-options.ts";

/** Open files kept for threads, log, management interface, probes, names and reloads; of a low limit at most half. */
const reserve = 64;

/** The process's limit of open files; infinite where there is none, or no /proc. */
export function openFilesLimit(): number {
  try {
    const limits = loadFs().readFileSync("/proc/self/limits", "utf8");
    return Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/**
 * Clients that each of `workers` may take with so many open files, so that some are left for servers and for podmate
 * itself: a client beyond is told so, whereas without a descriptor the kernel's queue is closed without a word (libuv 1.x,
 * `uv__emfile_trick`). Connections to servers get what the pools may open, at most half.
 */
export function clientsWithin(limit: number, workers: number, { pools }: Pick<Snapshot, "pools">): number {
  if (limit === Number.POSITIVE_INFINITY) return limit;
  const each = (limit - Math.min(reserve, limit / 2)) / workers;
  let upstream = 0;
  for (const { servers, connections, limits, http } of Object.values(pools)) {
    upstream += servers.length * (connections + (http === undefined ? limits.large_values : 0));
  }
  return Math.max(1, Math.floor(each - Math.min(upstream, each / 2)));
}

/**
 * Bounds the clients of each configuration by the open files, and warns where that is less than is configured. Where nothing
 * is, it is only said: few systems allow as many open files as the default.
 */
export class OpenFiles {
  readonly #log: Log;
  readonly #limit: () => number;
  /** What was warned of last: servers that come and go are no news. */
  #warned = "";

  constructor(log: Log, limit: () => number = openFilesLimit) {
    this.#log = log;
    this.#limit = limit;
  }

  /** The snapshot with no more clients for each of `workers` than there are open files for. */
  within(snapshot: Snapshot, workers: number): Snapshot {
    const limit = this.#limit();
    const most = clientsWithin(limit, workers, snapshot);
    const { connections } = snapshot.limits;
    if (most >= connections) {
      this.#warned = "";
      return snapshot;
    }
    const warning = `${limit} ${connections}`;
    if (warning !== this.#warned) {
      this.#log(
        connections === usualConnections ? "info" : "warn",
        { open_files: limit, limits_connections: connections, clients_per_worker: most },
        "limits.connections is more than the limit of open files allows; fewer clients are taken: raise the limit (ulimit -n) or lower limits.connections",
      );
    }
    this.#warned = warning;
    return { ...snapshot, limits: { ...snapshot.limits, open_files: most } };
  }
}
