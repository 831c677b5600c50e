import { RequestParser } from "../../memcache/request-parser.ts";
import type { HotKeyReport } from "../../observe/hot-key-report.ts";
import { LISTENER } from "../../observe/metric-layout.ts";
import { Pool } from "../../upstream/memcache/pool.ts";
import { Server } from "../../upstream/memcache/server.ts";
import type { UpstreamHost } from "../../upstream/upstream-host.ts";
import type { MemcacheListenerOptions, Snapshot } from "../listener-options.ts";
import type { ListenerProtocol } from "../listener-protocol.ts";
import type { ListenerSetOptions } from "../listener-set.ts";
import { Side } from "../side.ts";
import { HotKeyTable } from "./hot-key-table.ts";
import { ownStats } from "./own-stats.ts";
import { PolicyTable } from "./policies/policy-table.ts";
import { Router } from "./router.ts";
import { Session } from "./session.ts";
import type { SessionHost } from "./session-host.ts";

/**
 * A client that has sent half a request and then nothing is cut off after this time, in ms, or `idle_timeout` if set; a
 * command line has to end within it, however it comes.
 */
const longestStall = 60_000;

/**
 * A client that takes nothing of its answers is cut off after this time, in ms. Not sooner: the kernel's buffers hold some MB,
 * and who reads slowly shows it only when a good part of them is free again.
 */
const longestTaking = 300_000;

/** The same as `longestStall` where the value holds the last connection for large values, and others would have it. */
const contendedStall = 2_000;

interface MemcacheTypes {
  readonly options: MemcacheListenerOptions;
  readonly router: Router;
  readonly session: Session;
  readonly host: SessionHost;
}

/** Memcache on one thread. */
export class MemcacheSide extends Side<MemcacheTypes, Server, Pool> {
  private readonly policyTable: PolicyTable;
  private readonly hotKeyTable: HotKeyTable;

  constructor(upstream: UpstreamHost, options: ListenerSetOptions) {
    const policyTable = new PolicyTable();
    const hotKeyTable = new HotKeyTable();
    super(
      {
        protocol: memcache,
        poolsOf,
        kind: {
          createServer: (pool, server) => new Server(pool, server, upstream),
          createPool: (pool, servers) => new Pool(pool, servers, upstream, hotKeyTable.sketchOf(pool)),
        },
        routers(pools) {
          const policies = policyTable.prepare(pools.values());
          const poolOf = (name: string, listener: string) => {
            const pool = pools.get(name);
            if (pool !== undefined) return pool;
            throw new Error(`listener ${listener} names a pool that is not there: ${name}`);
          };
          return {
            routerOf: ({ name, pool, routes, priority }) =>
              new Router(
                poolOf(pool, name),
                routes.map((route) => ({ prefix: route.prefix, pool: poolOf(route.pool, name) })),
                policies,
                priority,
              ),
            commit() {
              policyTable.commit(policies);
              hotKeyTable.keep([...pools.values()].map((pool) => pool.options));
            },
          };
        },
      },
      options,
    );
    this.policyTable = policyTable;
    this.hotKeyTable = hotKeyTable;
  }

  override closePools(): void {
    // What fails now must not be tried elsewhere.
    this.policyTable.commit(null);
    super.closePools();
  }

  hotKeys(): Record<string, HotKeyReport> {
    return this.hotKeyTable.reports();
  }
}

function poolsOf({ pools }: Snapshot) {
  return Object.values(pools).filter(({ http }) => http === undefined);
}

/** One parser serves all sessions of a thread: its result lasts only until the next request. */
const parser = new RequestParser();

const memcache: ListenerProtocol<MemcacheTypes> = {
  entity: "listener",
  counters: LISTENER,
  listenersOf: (snapshot) => snapshot.memcache,
  alpn: () => null,
  createHost(base) {
    const host: SessionHost & typeof base = Object.assign(base, {
      parser,
      stats: (kind: "general" | "settings") => ownStats(kind, host),
    });
    return host;
  },
  createSession: (host, socket) => new Session(host, socket),
  /** The first is what memcached says when it has no room. */
  refusal: (draining) =>
    draining ? "SERVER_ERROR shutting down\r\n" : "ERROR Too many open connections\r\n",
  checkTime(session, { options: { idle_timeout } }, now) {
    const longestPause = idle_timeout === 0 ? longestStall : idle_timeout;
    const contended = session.upload?.isContended === true;
    if (session.stalledFor(now) >= longestTaking) {
      session.abort("takes no answers", "client_too_slow");
      return;
    }
    if (session.owesLine && session.lineAge(now) >= Math.max(longestPause, longestStall)) {
      session.abort("sends a line that does not end", "idle");
      return;
    }
    if (now - session.lastHeard < (contended ? contendedStall : longestPause)) return;
    if (session.owesValue) session.abort("stopped in the middle of a value", "idle");
    else if (session.owesLine) session.abort("stopped in the middle of a line", "idle");
    else if (idle_timeout > 0 && session.first === null && session.place === null)
      session.abort("idle", "idle");
  },
};
