import type { ConnectionOptions } from "node:tls";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { clientTlsOptions } from "./client-tls.ts";
import type { ClientTlsOptions, PoolOptions, ServerOptions } from "./pool-options.ts";
import { TlsFiles } from "./tls-files.ts";

/** TLS towards the servers of all pools. A pool's files are opened when first needed, so pools without TLS cost nothing. */
export class PoolTls {
  readonly #deps: { readonly clock: Clock; readonly log: Log };
  readonly #files = new Map<string, { readonly of: ClientTlsOptions; readonly files: TlsFiles }>();

  constructor(deps: { readonly clock: Clock; readonly log: Log }) {
    this.#deps = deps;
  }

  /** What to connect with next; null without TLS. Throws, in words, where the pool's files cannot be used. */
  optionsFor(pool: PoolOptions, server: ServerOptions): ConnectionOptions | null {
    const { tls } = pool;
    return tls && clientTlsOptions(tls, server.address, this.#open(pool.name, tls).current());
  }

  /** Closes the files of pools that are gone, or that have others now. To be called with each new configuration. */
  keep(pools: readonly PoolOptions[]): void {
    const wanted = new Map(pools.map((pool) => [pool.name, pool.tls]));
    for (const [name, { of, files }] of this.#files) {
      if (JSON.stringify(of) === JSON.stringify(wanted.get(name))) continue;
      files.close();
      this.#files.delete(name);
    }
  }

  close(): void {
    this.keep([]);
  }

  #open(pool: string, tls: ClientTlsOptions): TlsFiles {
    const known = this.#files.get(pool);
    if (known) return known.files;
    const files = new TlsFiles(tls, { ...this.#deps, systemRoots: tls.verify });
    this.#files.set(pool, { of: tls, files });
    return files;
  }
}
