import { type Address, formatAddress } from "../../core/address.ts";
import type { Snapshot } from "../../proxy/listener-options.ts";
import { claimPort } from "./claim-port.ts";

/**
 * The addresses that this process listens on, so that all workers of a listener get the same port even where the
 * configuration leaves it open (port 0), and a reload keeps it.
 */
export class ListenerPorts {
  #bound = new Map<string, Address>();

  /**
   * `snapshot` with a port for every listener, each one free or already ours. Rejects with words for the operator.
   * What it claims counts as ours only after `keep`.
   */
  async settle(snapshot: Snapshot): Promise<Snapshot> {
    const memcache = await Promise.all(
      snapshot.memcache.map(async (listener) => ({ ...listener, listen: await this.#settle(listener) })),
    );
    return { ...snapshot, memcache };
  }

  /** Remembers what a settled snapshot, now in force, listens on. */
  keep(wanted: Snapshot, settled: Snapshot): void {
    this.#bound = new Map(
      wanted.memcache.map((listener, index) => [identity(listener), settled.memcache[index]!.listen]),
    );
  }

  #settle(listener: { readonly name: string; readonly listen: Address }): Promise<Address> {
    const kept = this.#bound.get(identity(listener));
    if (kept !== undefined) return Promise.resolve(kept);
    // One that is renamed, or moves between one address of the machine and all of them, collides with ourselves.
    return this.#isOurs(listener.listen) ? Promise.resolve(listener.listen) : claimPort(listener.listen);
  }

  #isOurs(wanted: Address): boolean {
    if ("path" in wanted) return false;
    return [...this.#bound.values()].some((address) => "port" in address && address.port === wanted.port);
  }
}

function identity({ name, listen }: { readonly name: string; readonly listen: Address }): string {
  return `${name} ${formatAddress(listen)}`;
}
