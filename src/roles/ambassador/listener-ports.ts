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
    const ours = this.#bound.get(identity(listener)) ?? this.#sameAddress(listener.listen);
    return ours === undefined ? claimPort(listener.listen) : Promise.resolve(ours);
  }

  /** A listener that is renamed keeps its address. */
  #sameAddress(wanted: Address): Address | undefined {
    const text = formatAddress(wanted);
    return [...this.#bound.values()].find((address) => formatAddress(address) === text);
  }
}

function identity({ name, listen }: { readonly name: string; readonly listen: Address }): string {
  return `${name} ${formatAddress(listen)}`;
}
