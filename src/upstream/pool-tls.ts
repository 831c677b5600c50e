import type { ConnectionOptions } from "node:tls";
import type { Clock } from "../core/clock.ts";
import { errorReason } from "../core/error-reason.ts";
import type { Log } from "../core/log.ts";
import { clientTlsOptions } from "./client-tls.ts";
import type { ClientTlsOptions, PoolOptions, ServerOptions } from "./pool-options.ts";
import { TlsFiles } from "./tls-files.ts";

/** TLS towards the servers of all pools. A pool's files are opened when first needed, so pools without TLS cost nothing. */
export class PoolTls {
  readonly #deps: { readonly clock: Clock; readonly log: Log };
  readonly #files = new Map<string, TlsFiles>();

  constructor(deps: { readonly clock: Clock; readonly log: Log }) {
    this.#deps = deps;
  }

  /** What to connect with next; null without TLS. Throws, in words, where the pool's files cannot be used. */
  optionsFor(pool: PoolOptions, server: ServerOptions): ConnectionOptions | null {
    const { tls } = pool;
    return tls && clientTlsOptions(tls, server.address, this.#open(pool.name, tls).current());
  }

  /** Throws, in words, where the files of a pool cannot be used. To be called before a configuration is taken. */
  check(pools: readonly PoolOptions[]): void {
    for (const { name, tls } of pools) {
      if (tls === null || this.#files.has(identity(name, tls))) continue;
      try {
        new TlsFiles(tls, { ...this.#deps, systemRoots: false }).close();
      } catch (error) {
        throw new Error(`pool ${name}: TLS: ${errorReason(error)}`, { cause: error });
      }
    }
  }

  /** Closes the files of pools that are gone, or that have others now. To be called with each new configuration. */
  keep(pools: readonly PoolOptions[]): void {
    const wanted = new Set(pools.map(({ name, tls }) => identity(name, tls)));
    for (const [id, files] of this.#files) {
      if (wanted.has(id)) continue;
      files.close();
      this.#files.delete(id);
    }
  }

  close(): void {
    this.keep([]);
  }

  #open(pool: string, tls: ClientTlsOptions): TlsFiles {
    const id = identity(pool, tls);
    const known = this.#files.get(id);
    if (known) return known;
    const files = new TlsFiles(tls, { ...this.#deps, systemRoots: tls.verify });
    this.#files.set(id, files);
    return files;
  }
}

/** Other files, or another server name, are another thing, though the pool keeps its name. */
function identity(pool: string, tls: ClientTlsOptions | null): string {
  return JSON.stringify([pool, tls]);
}
