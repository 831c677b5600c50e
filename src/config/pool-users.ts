import type { Path } from "./config-error.ts";
import type { Protocol } from "./protocol.ts";
import type { ConfigForm } from "./schema.ts";
import type { WellFormed } from "./well-formed.ts";

/** A listener's, a route's or a pool's setting that names a pool. */
export interface PoolUse {
  readonly pool: string;
  readonly path: Path;
}

/** Who names which pool: that decides what its servers speak. */
export class PoolUsers {
  readonly #uses: Readonly<Record<Protocol, ReadonlyMap<string, Path>>>;
  /** A setting that names a pool for HTTP is malformed. */
  readonly #isDoubtful: boolean;

  constructor({ memcache, http }: Pick<WellFormed<ConfigForm>, "memcache" | "http">) {
    const named = { memcache: uses("memcache", memcache), http: uses("http", http) };
    this.#uses = { memcache: firstUses(named.memcache), http: firstUses(named.http) };
    this.#isDoubtful = named.http.some(({ pool }) => pool === undefined);
  }

  /** What the servers of a pool speak; undefined where that cannot be told, and is another's error. */
  protocolOf(pool: string): Protocol | undefined {
    const http = this.#uses.http.has(pool);
    if (this.#uses.memcache.has(pool)) return http ? undefined : "memcache";
    if (http) return "http";
    return this.#isDoubtful ? undefined : "memcache";
  }

  /** The first setting that names a pool for a protocol. */
  firstUse(protocol: Protocol, pool: string): Path | undefined {
    return this.#uses[protocol].get(pool);
  }

  /** Pools that both kinds of listeners name. */
  disputed(): readonly PoolUse[] {
    return [...this.#uses.http]
      .filter(([pool]) => this.#uses.memcache.has(pool))
      .map(([pool, path]) => ({ pool, path }));
  }
}

type Listeners = WellFormed<ConfigForm>[Protocol];
type MaybeUse = { readonly pool: string | undefined; readonly path: Path };

function uses(kind: Protocol, listeners: Listeners): MaybeUse[] {
  if (listeners === undefined) return [{ pool: undefined, path: [kind] }];
  return listeners.flatMap((listener, index): MaybeUse[] => {
    const path = [kind, index];
    if (listener === undefined) return [{ pool: undefined, path }];
    const own = listener.pool === null ? [] : [{ pool: listener.pool, path: [...path, "pool"] }];
    const routes = listener.routes ?? [undefined];
    return [
      ...own,
      ...routes.map((route, at) => ({ pool: route?.pool, path: [...path, "routes", at, "pool"] })),
    ];
  });
}

function firstUses(all: readonly MaybeUse[]): Map<string, Path> {
  const first = new Map<string, Path>();
  for (const { pool, path } of all) if (pool !== undefined && !first.has(pool)) first.set(pool, path);
  return first;
}
