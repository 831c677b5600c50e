import type { Clock } from "../../core/clock.ts";
import type { PoolOptions, ServerOptions } from "../pool-options.ts";
import type { Discovery, DiscoveryState } from "./discovery.ts";
import { type DiscoveringPool, sourceIdentity } from "./source-identity.ts";

/** Longest wait for the first answers of new sources, in ms. */
export const firstAnswerWait = 5_000;

export type Pools = Readonly<Record<string, PoolOptions>>;

export interface DiscoverySetOptions {
  readonly clock: Pick<Clock, "after">;
  readonly open: (pool: DiscoveringPool) => Promise<Discovery>;
  /** Some pool has other servers than before. */
  readonly onChange: () => void;
}

/** The source of one pool. */
interface Source {
  readonly discovery: Discovery;
  readonly identity: string;
  /** What was found last; until then what the pool had before. */
  servers: readonly ServerOptions[];
  readonly answered: Promise<void>;
}

/** Sources for a configuration that is not in force yet, by pool. */
export type Sources = ReadonlyMap<string, Source>;

/**
 * The sources of all pools that have their servers found. Like the pools themselves they change as a whole: `prepare` opens
 * what a configuration has anew, and then either `commit` closes what it no longer has, or `abandon` what was opened.
 */
export class DiscoverySet {
  readonly #options: DiscoverySetOptions;
  readonly #closing = Promise.withResolvers<void>();
  #sources: Sources = new Map();
  #closed = false;

  constructor(options: DiscoverySetOptions) {
    this.#options = options;
  }

  /**
   * Opens the sources that are new among `wanted`, and waits a while for their first answers. A source that is asked the
   * same as before stays. Until one has answered, a pool keeps what it has among `inForce`.
   */
  async prepare(wanted: Pools, inForce: Pools): Promise<Sources> {
    const sources = new Map<string, Source>();
    const first: Promise<void>[] = [];
    for (const pool of Object.values(wanted)) {
      if (!discovers(pool)) continue;
      const known = this.#sources.get(pool.name);
      if (known?.identity === sourceIdentity(pool)) {
        sources.set(pool.name, known);
        continue;
      }
      const opened = await this.#open(pool, inForce[pool.name]?.servers ?? pool.servers);
      sources.set(pool.name, opened);
      first.push(opened.answered);
    }
    await this.#patience(first);
    return sources;
  }

  async commit(sources: Sources): Promise<void> {
    const before = this.#sources;
    this.#sources = this.#closed ? new Map() : sources;
    await closeAllBut(this.#sources, [...before.values(), ...sources.values()]);
  }

  /** The configuration comes to nothing. */
  abandon(sources: Sources): Promise<void> {
    return closeAllBut(this.#sources, sources.values());
  }

  /** `pools` with the servers that were found; the same object where that changes nothing. */
  fill(pools: Pools, sources: Sources = this.#sources): Pools {
    const filled = Object.entries(pools).map(([name, pool]) => {
      const source = sources.get(name);
      return [name, source === undefined ? pool : withServers(pool, source.servers)] as const;
    });
    return filled.every(([name, pool]) => pool === pools[name]) ? pools : Object.fromEntries(filled);
  }

  /** undefined for a pool whose servers stand in the configuration. */
  state(pool: string): DiscoveryState | undefined {
    return this.#sources.get(pool)?.discovery.state();
  }

  /** Ends all sources, and the wait for first answers. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#closing.resolve();
    await this.commit(new Map());
  }

  async #open(pool: DiscoveringPool, servers: readonly ServerOptions[]): Promise<Source> {
    const answered = Promise.withResolvers<void>();
    const discovery = await this.#options.open(pool);
    const identity = sourceIdentity(pool);
    const source: Source = { discovery, identity, servers, answered: answered.promise };
    discovery.start((found) => {
      source.servers = found;
      answered.resolve();
      this.#options.onChange();
    });
    return source;
  }

  async #patience(answers: readonly Promise<void>[]): Promise<void> {
    const over = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(firstAnswerWait, () => over.resolve());
    await Promise.race([Promise.all(answers), over.promise, this.#closing.promise]);
    cancel();
  }
}

function discovers(pool: PoolOptions): pool is PoolOptions & DiscoveringPool {
  return pool.discover !== undefined;
}

async function closeAllBut(kept: Sources, sources: Iterable<Source>): Promise<void> {
  const stay = new Set(kept.values());
  const ending = [...new Set(sources)].filter((source) => !stay.has(source));
  await Promise.all(ending.map(({ discovery }) => discovery.close()));
}

/**
 * Addresses that were found are not what a certificate is for; the name by which they were found is, where TLS is not
 * told another one.
 */
function withServers(pool: PoolOptions, servers: readonly ServerOptions[]): PoolOptions {
  const tls = tlsOf(pool);
  return servers === pool.servers && tls === pool.tls ? pool : { ...pool, servers, tls };
}

function tlsOf({ tls, discover }: PoolOptions): PoolOptions["tls"] {
  const byName = discover?.kind === "dns" ? discover.host : undefined;
  return tls === null || tls.server_name !== undefined || byName === undefined
    ? tls
    : { ...tls, server_name: byName };
}
