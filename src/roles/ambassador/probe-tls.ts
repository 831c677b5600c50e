import type { ConnectionOptions } from "node:tls";
import type { Clock } from "../../core/clock.ts";
import { errorReason } from "../../core/error-reason.ts";
import type { Log } from "../../core/log.ts";
import { clientTlsOptions } from "../../upstream/client-tls.ts";
import type { ClientTlsOptions, PoolOptions, ServerOptions } from "../../upstream/pool-options.ts";
import { TlsFiles } from "../../upstream/tls-files.ts";

/** TLS of the pools' probes. A pool's files are opened at its first probe, so pools that need none cost nothing. */
export class ProbeTls {
  readonly #deps: { readonly clock: Clock; readonly log: Log };
  readonly #files = new Map<string, { readonly of: ClientTlsOptions; readonly files: TlsFiles }>();

  constructor(deps: { readonly clock: Clock; readonly log: Log }) {
    this.#deps = deps;
  }

  /** What to connect with; null without TLS; an error where the files are of no use. */
  optionsFor(pool: PoolOptions, server: ServerOptions): ConnectionOptions | null | Error {
    const { tls } = pool;
    if (!tls) return null;
    try {
      return clientTlsOptions(tls, server.address, this.#open(pool.name, tls).current());
    } catch (error) {
      return new Error(`TLS files: ${errorReason(error)}`, { cause: error });
    }
  }

  /** Closes the files of pools that are gone, or that have others now. */
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
